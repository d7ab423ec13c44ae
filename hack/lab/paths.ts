import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a lab is called when nobody says. */
export const DEFAULT_NAME = 'meshferry';

/** The folder that holds this file: manifests, shell pieces and part modules are found from here. */
export const LAB_SOURCE = __dirname;

/** Where built parts are kept: outside the repository, shared by all labs, and kept by `down`. */
export function cacheDirectory(env: Environment = process.env): string {
  if (env.MESHFERRY_LAB_CACHE) return resolve(env.MESHFERRY_LAB_CACHE);
  return join(env.XDG_CACHE_HOME || join(home(env), '.cache'), 'meshferry-lab');
}

/** Where everything that belongs to one lab is kept: `down` removes all of it. */
export function stateDirectory(name: string, env: Environment = process.env): string {
  return join(env.XDG_STATE_HOME || join(home(env), '.local', 'state'), 'meshferry-lab', name);
}

/**
 * Checks a lab's name: it becomes part of file, cgroup and cluster names.
 *
 * @throws Error if it is no DNS label of up to 30 characters.
 */
export function checkName(name: string): string {
  if (/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name)) return name;
  throw new Error(`"${name}" cannot name a lab: use a-z, 0-9 and -, from a letter on, at most 30 characters`);
}

function home(env: Environment): string {
  return env.HOME || homedir();
}
