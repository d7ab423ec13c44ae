import type { End } from '../../plan/phase';
import { plan } from '../../plan/plan';
import { show } from '../explain';
import { didYouMean } from '../nearest';
import { type Check, endIsUnclear } from './check';

interface Course {
  /** As a message names it. */
  readonly of: string;
  readonly rises: boolean;
  readonly from: number;
  readonly to: number;
  /** Where the steps must end, and why. */
  readonly last?: readonly [number, string];
}

const ALL_TO_PODS = [100, 'a temporary migration ends with everything in Kubernetes'] as const;
const ALL_TO_VM = [0, 'in standby the VM serves everything while it lives'] as const;

/** What the steps may be, by what the migration ends in; undefined: nothing shifts. */
function courseOf(ends: End, podsServeAlready: boolean): Course | undefined {
  switch (ends) {
    case 'done':
      return { of: 'a temporary migration', rises: true, from: 1, to: 100, last: ALL_TO_PODS };
    case 'split':
      return podsServeAlready
        ? { of: 'a split where pods serve already', rises: false, from: 1, to: 99 }
        : { of: 'a split', rises: true, from: 1, to: 99 };
    case 'standby':
      return podsServeAlready
        ? { of: 'standby where pods serve already', rises: false, from: 0, to: 99, last: ALL_TO_VM }
        : undefined;
    case 'onboard':
      return undefined;
  }
}

const steps: Check = {
  reads: [['mode'], ['ends'], ['kubernetes', 'existing'], ['shift', 'steps']],
  run({ declared, migration }, report) {
    const list = declared.shift.steps;
    if (endIsUnclear(declared) || list === undefined) return;
    const course = courseOf(migration.ends, migration.kubernetes?.existing ?? false);
    if (!course) {
      report(['shift', 'steps'], `nothing shifts on the way to ends: ${migration.ends}: leave shift out`);
      return;
    }
    const { of, rises, from, to, last } = course;
    if (list.length === 0) {
      report(['shift', 'steps'], 'is empty: list shares of Kubernetes in percent, or leave shift out');
      return;
    }
    list.forEach((step, index) => {
      const before = list[index - 1];
      const path = ['shift', 'steps', index];
      if (step < from || step > to) report(path, `${step} must be from ${from} to ${to}: a step of ${of}`);
      else if (before !== undefined && (rises ? step <= before : step >= before)) {
        report(path, `${step} follows ${before}, but the steps of ${of} must ${rises ? 'rise' : 'fall'}`);
      }
    });
    const end = list.at(-1);
    if (last && end !== last[0]) {
      report(
        ['shift', 'steps', list.length - 1],
        `${end} is the last step, but it must be ${last[0]}: ${last[1]}`,
      );
    }
  },
};

const phase: Check = {
  reads: [['phase'], ['mode'], ['ends'], ['kubernetes', 'existing'], ['shift', 'steps']],
  run({ declared, migration }, report) {
    if (endIsUnclear(declared)) return;
    const names = plan(migration).map(({ name }) => name);
    if (names.includes(migration.phase)) return;
    const meant = didYouMean(migration.phase, names);
    report(['phase'], `${show(migration.phase)} is not in the plan, which is ${names.join(', ')}${meant}`);
  },
};

export const stepChecks: readonly Check[] = [steps, phase];
