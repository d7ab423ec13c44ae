import { existsSync, readFileSync } from 'node:fs';
import { run } from '../machine/command';
import { isOwnFile } from './processes';

/** What systemd says of a unit. */
export interface Unit {
  readonly user: string;
  readonly group: string;
  readonly workingDirectory: string;
  readonly environmentFiles: readonly string[];
}

/** Asks systemd about a unit. */
export async function unitSettings(unit: string): Promise<Unit> {
  const wanted = ['User', 'Group', 'WorkingDirectory', 'EnvironmentFiles'];
  const { stdout } = await run('systemctl', ['show', unit, '--property', wanted.join(',')]);
  const values = new Map(
    stdout.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  );
  const user = values.get('User') || 'root';
  return {
    user,
    group: values.get('Group') || user,
    workingDirectory: (values.get('WorkingDirectory') || '/').replace(/^!/, ''),
    environmentFiles: [
      ...(values.get('EnvironmentFiles') ?? '').matchAll(/(\/\S+) \(ignore_errors=\w+\)/g),
    ].map(([, path]) => path ?? ''),
  };
}

/** Packages that a program belongs to, by the machine's package manager. */
export async function packagesOf(program: string): Promise<string[]> {
  const dpkg = await run('dpkg-query', ['--search', program]);
  if (dpkg.code === 0)
    return [
      ...new Set(dpkg.stdout.split('\n').flatMap((line) => /^([^: ]+)(:\w+)?: /.exec(line)?.[1] ?? [])),
    ];
  const rpm = await run('rpm', ['-qf', '--queryformat', '%{NAME}\n', program]);
  return rpm.code === 0 ? rpm.stdout.trim().split('\n') : [];
}

/** Arguments of a command that are files of this machine. */
export function filesNamed(command: readonly string[]): string[] {
  return command.slice(1).flatMap((argument) => {
    const path = argument.replace(/^-[^=]*=/, '');
    return isOwnFile(path) && existsSync(path) ? [path] : [];
  });
}

/** The distribution as images are called, e.g. `debian:12`. */
export function imageOf(osRelease: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(osRelease, 'utf8');
  } catch {
    return undefined;
  }
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1];
  const [id, version] = [value('ID'), value('VERSION_ID')];
  return id && version ? `${id}:${version}` : undefined;
}
