import pc from 'picocolors';

/**
 * Colours of what is printed on standard output: on a terminal that shows them, and wherever FORCE_COLOR asks for them;
 * never with NO_COLOR (https://no-color.org). picocolors' own choice also colours pipes wherever CI is set, and with
 * them the files and comments that a CI job makes of the output.
 */
export const colour = pc.createColors(isWanted(process.env, process.stdout));

function isWanted(env: NodeJS.ProcessEnv, out: NodeJS.WriteStream): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return out.isTTY === true && out.hasColors();
}
