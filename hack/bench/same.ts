import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Command } from './measure';
import { snapshot } from './snapshot';

/** The objects of a YAML text, without regard to their order or that of their keys. */
function objects(text: string): string[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object !== null)
    .map((object) => JSON.stringify(sorted(object)))
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/**
 * Checks that a peer renders what it is compared by: a peer that does less would look fast.
 *
 * @throws Error where its objects are not those expected
 */
export function assertSame(command: Command, expected: readonly object[]) {
  const { label, file, args, cwd, env } = command;
  const printed = execFileSync(file, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  const dist = join(cwd, 'dist');
  const written = existsSync(dist) ? [...snapshot(dist).values()].join('---\n') : printed;
  const theirs = objects(written);
  const ours = expected.map((object) => JSON.stringify(sorted(object))).sort();
  const difference = ours.findIndex((object, index) => object !== theirs[index]);
  if (theirs.length !== ours.length || difference >= 0) {
    throw new Error(
      `${label} renders other objects (${theirs.length}, expected ${ours.length}):\n${theirs[difference]}\ninstead of\n${ours[difference]}`,
    );
  }
}
