import type { Migration } from '../../config';
import { didYouMean } from '../../config/nearest';
import type { Phase } from '../../plan/phase';
import { positionOf } from '../../plan/position';
import { Refusal } from './refusal';

/** What a person asks for. */
export type MoveRequest =
  | { readonly kind: 'next' | 'back' | 'abort' }
  | { readonly kind: 'goto'; readonly phase: string };

/** A step from one phase of a plan to another. */
export interface Move {
  /** What was asked for. */
  readonly kind: MoveRequest['kind'];
  readonly from: Phase;
  readonly to: Phase;
  /** Position of `to` in the plan, from 1. */
  readonly number: number;
  /** Phases in the plan. */
  readonly of: number;
  /** Whether it goes on, towards the plan's end. */
  readonly forward: boolean;
}

/**
 * The move that a request amounts to. Two phases may follow each other only where nothing can go wrong in between:
 * neighbours, and, on the way back, phases that differ in weights alone, since then one object changes.
 *
 * @throws Refusal (`plan`, `vm`) where there is no such move
 */
export function chooseMove(migration: Migration, id: string, request: MoveRequest): Move {
  const { phases, index: at, phase: from } = positionOf(migration);
  const to = target(request, phases, at, id, migration.kubernetes?.existing ?? false);
  return {
    kind: request.kind,
    from,
    to: phases[to] as Phase,
    number: to + 1,
    of: phases.length,
    forward: to > at,
  };
}

function target(
  request: MoveRequest,
  phases: readonly Phase[],
  at: number,
  id: string,
  podsFirst: boolean,
): number {
  const current = phases[at] as Phase;
  switch (request.kind) {
    case 'next':
      if (at + 1 < phases.length) return at + 1;
      throw new Refusal(
        'plan',
        `${id} is at ${current.name}, the last phase of its plan`,
        'nothing is left to do',
      );
    case 'back':
      if (at > 0) return at - 1;
      throw new Refusal(
        'plan',
        `${id} is at ${current.name}, the first phase of its plan`,
        `to give the migration up, remove its file and what it rendered`,
      );
    case 'goto':
      return goto(request.phase, phases, at, id);
    case 'abort':
      return abort(phases, at, id, podsFirst ? 'kubernetes' : 'vm');
  }
}

function goto(name: string, phases: readonly Phase[], at: number, id: string): number {
  const current = phases[at] as Phase;
  const to = phases.findIndex((phase) => phase.name === name);
  const wanted = phases[to];
  if (!wanted) {
    const known = phases.map((phase) => phase.name);
    throw new Refusal(
      'plan',
      `${id} has no phase ${name}${didYouMean(name, known)}`,
      `one of ${known.join(', ')}`,
    );
  }
  if (to === at) throw new Refusal('plan', `${id} is at ${name} already`, 'nothing is left to do');
  if (to > at + 1) {
    const skipped = phases
      .slice(at + 1, to)
      .map((phase) => phase.name)
      .join(', ');
    throw new Refusal(
      'plan',
      `from ${current.name} to ${name} would skip ${skipped} of ${id}`,
      `one phase at a time: meshferry next ${id}`,
    );
  }
  if (to < at - 1 && !differInWeightsOnly(current, wanted)) {
    throw new Refusal(
      'plan',
      `from ${current.name} back to ${name} changes more of ${id} than weights: whichever object arrives first, requests could fail`,
      `one phase at a time: meshferry back ${id}`,
    );
  }
  return to;
}

/** The nearest phase behind in which the side that served first gets everything, reached by weights alone. */
function abort(phases: readonly Phase[], at: number, id: string, side: 'vm' | 'kubernetes'): number {
  const current = phases[at] as Phase;
  const name = { vm: 'the VM', kubernetes: 'the pods that served before' }[side];
  if (current.share[side] === 100) {
    throw new Refusal(
      'plan',
      `${id} is at ${current.name}: ${name} gets everything already`,
      'nothing is left to abort',
    );
  }
  if (side === 'vm' && !current.vm) {
    const last = phases.findLast((phase) => phase.vm)?.name;
    throw new Refusal(
      'vm',
      `the VM of ${id} left the mesh: at ${current.name} there is no endpoint of it that could serve`,
      `go back to ${last} by \`meshferry back ${id}\`, wait until \`meshferry status ${id}\` shows the VM as serving, then abort`,
    );
  }
  const to = phases.findLastIndex(
    (phase, index) => index < at && phase.share[side] === 100 && differInWeightsOnly(current, phase),
  );
  if (to === -1) {
    throw new Refusal(
      'plan',
      `no phase behind ${current.name} of ${id} gives ${name} everything by a change of weights alone`,
      `one phase at a time: meshferry back ${id}`,
    );
  }
  return to;
}

function differInWeightsOnly(a: Phase, b: Phase): boolean {
  const rest = ({ vm, pods, subsets, failover, weights }: Phase) =>
    JSON.stringify([vm, pods, subsets, failover, weights !== undefined]);
  return rest(a) === rest(b);
}
