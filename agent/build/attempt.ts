import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Architecture } from './runtime';

/** Debian's qemu for arm64 programs, and the C library that they are then linked with. */
const QEMU = { program: 'qemu-aarch64-static', libraries: '/usr/aarch64-linux-gnu' };
const PACKAGES = 'qemu-user-static libstdc++6-arm64-cross';

/**
 * Runs a program that was built: a file that does not start is found here, and not on a machine.
 *
 * @returns what to tell: that it runs, and how, or why it was not tried
 * @throws Error where it does not run
 */
export function attempt(file: string, architecture: Architecture, version: string): string {
  const foreign = architecture !== process.arch;
  const emulate = foreign && architecture === 'arm64';
  if (foreign && !emulate) return `NOT TRIED, since this machine is ${process.arch}`;
  if (emulate && !(isInstalled(QEMU.program) && existsSync(QEMU.libraries))) {
    return `NOT TRIED, since this machine is ${process.arch} and has no qemu: apt-get install ${PACKAGES}`;
  }
  const command = emulate ? [QEMU.program, '-L', QEMU.libraries, file] : [file];
  expect([...command, '--version'], (printed) => printed.trim() === version);
  expect([...command, '--help'], (printed) => printed.includes('meshferry-agent reconcile'));
  return `runs${emulate ? ` under ${QEMU.program}` : ''}`;
}

function expect([program = '', ...args]: readonly string[], isRight: (printed: string) => boolean): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  if (status === 0 && isRight(stdout)) return;
  const why = error?.message ?? (`${stdout}${stderr}`.trim() || `exit ${status}`);
  throw new Error(`what was built does not run: ${[program, ...args].join(' ')}: ${why}`);
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
