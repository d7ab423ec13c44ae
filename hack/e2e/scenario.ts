import type { MigrationInput } from '../../config';
import { analytics as labMigration } from '../lab/repository';
import type { Lab } from './lab';
import type { Totals } from './load';
import { type Report, Unexpected } from './report';

/** What a scenario works with. */
export interface Context {
  readonly lab: Lab;
  readonly report: Report;
  /** Seed of everything that is chosen at random. */
  readonly seed: number;
}

/** A story that is played on the lab. */
export interface Scenario {
  readonly name: string;
  /** Whether it takes the agent, built. @default false */
  readonly agent?: boolean;
  /** Names of test/system.js that it needs of this machine, besides what each of them needs. @default none */
  readonly system?: readonly string[];
  play(context: Context): Promise<void>;
}

/** The walk-through's migration, with an image and a probe that a lab can do with. */
export function analytics(lab: Lab): MigrationInput & { name: string } {
  return { name: 'analytics', ...labMigration(lab.variable('MESHFERRY_LAB_APP_IMAGE')) };
}

/** Name that the pods answer with. */
export const PODS = 'pods';

/** @throws Unexpected unless it is true */
export function expect(truth: boolean, seen: string): void {
  if (!truth) throw new Unexpected(seen);
}

/** Who answered, in words. */
export function told({ total, failed, answers }: Totals): string {
  const parts = Object.entries(answers).map(([who, count]) => `${who} ${count}`);
  return `${parts.join(', ') || 'nobody'} of ${total}, ${failed} failed`;
}
