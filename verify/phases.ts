import { verifyDirection } from './direction';
import { existingEndpoints } from './existing-endpoints';
import type { Finding } from './finding';
import { ObjectSet } from './object-set';
import { type OrderOptions, type PhaseState, selectorless, verifyOrder } from './order';

/** Ids of the findings, and what holds where there is none. */
export const ORDER_CHECKS = [
  { id: 'MF601', title: 'on the way between two phases, every route has its subset' },
  { id: 'MF602', title: 'on the way between two phases, every weighted subset has endpoints' },
  {
    id: 'MF603',
    title: 'on the way between two phases, nothing gets more than the larger of its two shares',
  },
  { id: 'MF604', title: 'on the way between two phases, a VM and pods never answer unsplit' },
  { id: 'MF605', title: 'on the way between two phases, every request keeps being answered' },
  { id: 'MF606', title: 'two neighbouring phases change few enough objects to look at every order' },
  { id: 'MF607', title: 'shares go one way: what the VM has given away, no later phase hands back' },
] as const;

/** Checks that a migration can move between neighbouring phases, and back, whichever object arrives first. */
export function verifyPhases(phases: readonly PhaseState[], options: OrderOptions = {}): Finding[] {
  const whole = {
    existing: options.existing ?? existingEndpoints(phases),
    selectorless: options.selectorless ?? selectorless(phases.map(({ objects }) => new ObjectSet(objects))),
  };
  const pairs = phases.slice(1).map((to, index) => [phases[index] as PhaseState, to] as const);
  return [...pairs.flatMap(([from, to]) => verifyOrder(from, to, whole)), ...verifyDirection(phases)];
}
