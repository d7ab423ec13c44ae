import type { Base } from '../../operate/promote/base';
import { type ForgeName, findForge, fittingForges, mergeTime } from '../../operate/promote/forge';
import type { MergedState } from '../../operate/promote/merged-state';
import { countOpen, promote } from '../../operate/promote/promote';
import type { Proposal } from '../../operate/promote/propose';
import { Refusal } from '../../operate/promote/refusal';
import { type MergeTime, NO_FORGE } from '../../operate/promote/since';
import { describeMove } from '../../operate/report/pull-request';
import { isFromOutside } from '../errors';
import { SourceReader } from '../sources';
import type { Chosen } from './choose';

import { observerOf } from './observer';
import type { MoveOptions } from './options';

/** What came of one migration: one of the three. */
export interface MoveResult {
  readonly id: string;
  readonly proposal?: Proposal;
  readonly refused?: Refusal;
  /** git, a forge or Prometheus failed; the next migration may have better luck. */
  readonly failed?: Error;
}

/** What came of all of them. */
export interface MoveResults {
  readonly results: readonly MoveResult[];
  /** Why no pull request was opened, where one was to be expected. */
  readonly hint?: string;
}

/** Moves one migration after the other. What is refused or fails for one does not stop the others. */
export async function moveAll(
  state: MergedState,
  chosen: readonly Chosen[],
  options: MoveOptions,
): Promise<MoveResults> {
  const forge = await forgeOf(state.base, options);
  const reader = new SourceReader(options, state.migrations);
  const observer = observerOf(reader, mergeTimeOf(state.base, forge), options);
  const { dryRun, despite, draft, reviewer, label, maxInFlight } = options;
  const how = {
    describe: describeMove,
    ...(dryRun && { dryRun }),
    ...(despite !== undefined && { despite }),
    ...(forge && { forge }),
    ...(draft && { draft }),
    ...(reviewer && { reviewers: reviewer }),
    ...(label && { labels: label }),
  };
  let open = maxInFlight === undefined ? 0 : await countOpen(state);
  const results: MoveResult[] = [];
  for (const { loaded, request } of chosen) {
    const { id } = loaded;
    try {
      if (maxInFlight !== undefined && open >= maxInFlight) throw enough(open, maxInFlight);
      results.push({ id, proposal: await promote(state, loaded, request, observer, how) });
      open++;
    } catch (error) {
      if (error instanceof Refusal) results.push({ id, refused: error });
      else if (isFromOutside(error)) results.push({ id, failed: error });
      else throw error;
    }
  }
  const hint = forge === undefined && options.forge !== 'none' ? missingForge(state.base) : undefined;
  return { results, ...(hint !== undefined && { hint }) };
}

async function forgeOf({ remote }: Base, { forge }: MoveOptions): Promise<ForgeName | undefined> {
  return forge === 'none' || !remote ? undefined : findForge(remote.url, forge);
}

function missingForge({ remote }: Base): string | undefined {
  const fitting = remote ? fittingForges(remote.url) : [];
  if (fitting.length === 0) return undefined;
  return `${fitting.join(' or ')} is not installed, so no pull request was opened`;
}

function mergeTimeOf({ git, branch }: Base, forge: ForgeName | undefined): MergeTime {
  return forge ? (commit) => mergeTime(forge, git.folder, commit, branch) : NO_FORGE;
}

function enough(open: number, most: number): Refusal {
  return new Refusal('inFlight', `${open} proposals are open, and ${most} is the most`, 'merge some first');
}
