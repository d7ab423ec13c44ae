import { standingOf } from '../join/registration';
import type { WorkloadGroup } from '../kubernetes/objects';
import { staleFields } from './change-effect';
import type { Action, MachineAction } from './keeper-action';
import { type KeeperState, REGISTRATION_MS, TICK_MS } from './keeper-state';
import { nextWitness } from './retirement';

/** Time between two inspections of the machine itself. */
const INSPECT_MS = 30_000;
/** The machine is compared with the mesh this often, even if no watch reports a change. */
const COMPARE_MS = 300_000;
/** A registered machine has no health for this long at most: it reports it as soon as it is connected. */
const HEALTH_MS = 500;
/** A deleted group may be created again at once (its name was edited, there and back): its machine waits. */
const RETIRE_MS = 10_000;

interface Appointment {
  readonly at: number;
  readonly action: MachineAction;
}

/** What to do now; `wait` ends early when an event comes. */
export function decide(state: KeeperState, now: number): Action {
  if (state.outdated !== undefined) return { do: 'stop', why: state.outdated };
  const appointments = agenda(state).map(({ at, action }) => ({
    at: Math.max(at, state.notBefore[action.do] ?? at),
    action,
  }));
  const due = appointments.find(({ at }) => at <= now);
  if (due) return due.action;
  const next = Math.min(now + TICK_MS, ...appointments.map(({ at }) => at));
  return { do: 'wait', ms: next - now };
}

/** All actions that the state calls for, the most urgent first, each with the time at which it is due. */
function agenda(state: KeeperState): Appointment[] {
  const { group, groupGoneAt, inspectedAt, pending, refusal, retired } = state;
  const appointments: Appointment[] = [{ at: inspectedAt + INSPECT_MS, action: { do: 'inspect' } }];
  if (group && pending) {
    appointments.push({ at: pending.at, action: { do: 'converge', why: pending.why } });
  } else if (group) {
    appointments.push(...registration(group, state), {
      at: state.comparedAt + COMPARE_MS,
      action: { do: 'converge', why: 'the regular comparison' },
    });
  }
  if (retired) return appointments;
  if (refusal) {
    if (refusal.isCertain) {
      appointments.push({ at: refusal.observedAt, action: { do: 'retire', because: 'refused' } });
    }
    const witness = nextWitness(refusal);
    appointments.push({ at: witness.at, action: { do: witness.do } });
  }
  if (groupGoneAt !== undefined) {
    appointments.push({ at: groupGoneAt + RETIRE_MS, action: { do: 'retire', because: 'group-gone' } });
  }
  return appointments;
}

/** An outdated entry is replaced; for a missing one, or one without health, the connection is reset. */
function registration(group: WorkloadGroup, { connected, entry, outSince }: KeeperState): Appointment[] {
  if (entry && standingOf(entry) !== 'absent') {
    const stale = staleFields(group, entry);
    if (stale.length > 0) {
      return [{ at: Number.NEGATIVE_INFINITY, action: { do: 'replace-entry', group, entry, stale } }];
    }
  }
  if (outSince === undefined || !connected) return [];
  const patience = entry ? HEALTH_MS : REGISTRATION_MS;
  return [{ at: outSince + patience, action: { do: 'reconnect', entry } }];
}
