/** Marks the agent's line; all other lines stay as they are. */
const MARK = '# meshferry-agent';

/** The address in the agent's line, or undefined if there is none. */
export function hostsEntry(text: string): string | undefined {
  const line = text.split('\n').find((each) => each.endsWith(MARK));
  return line?.split(/\s+/)[0];
}

/**
 * The file with the agent's line for `name` at `address`, or without it if `address` is undefined. Other lines for
 * that name are kept; the agent's line comes first, since the first match wins.
 */
export function withHostsEntry(text: string, address: string | undefined, name: string): string {
  const others = text.split('\n').filter((line) => !line.endsWith(MARK));
  return (address === undefined ? others : [`${address} ${name} ${MARK}`, ...others]).join('\n');
}
