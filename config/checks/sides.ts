import { show } from '../explain';
import { valueAt } from '../problem';
import { type Check, endIsUnclear } from './check';

const ends: Check = {
  reads: [['mode'], ['ends']],
  run({ declared }, report) {
    if (declared.mode === 'long-term' && declared.ends === undefined) {
      report(
        ['ends'],
        '"ends" is missing: a long-term migration ends in onboard (the VM alone), split (fixed weights) or standby (pods take over when the VM dies)',
      );
    }
    if (declared.mode === 'temporary' && declared.ends !== undefined) {
      report(
        ['ends'],
        `${show(declared.ends)} is an end of a long-term migration, and this one is temporary: declare mode: long-term, or leave ends out`,
      );
    }
  },
};

const podsWanted: Check = {
  reads: [['mode'], ['ends'], ['kubernetes', 'image'], ['kubernetes', 'existing']],
  run({ declared, migration }, report) {
    if (endIsUnclear(declared)) return;
    const { kubernetes } = declared;
    if (migration.ends === 'onboard') {
      if (kubernetes) {
        report(
          ['kubernetes'],
          'is declared, but ends: onboard leaves the VM alone: leave kubernetes out, or choose ends: split or standby',
        );
      }
      return;
    }
    const what = migration.ends === 'done' ? 'a temporary migration' : `ends: ${migration.ends}`;
    if (!kubernetes) {
      report(
        ['kubernetes'],
        `"kubernetes" is missing: ${what} needs pods; declare at least kubernetes.image, or mode: long-term with ends: onboard`,
      );
    } else if (!kubernetes.existing && kubernetes.image === undefined) {
      report(
        ['kubernetes', 'image'],
        `"image" is missing: ${what} needs pods; declare the container image, or existing: true where pods serve this host already`,
      );
    }
  },
};

/** Facts about pods that exist; every other field would shape a Deployment that isn't rendered. */
const FACTS = new Set(['version', 'existing', 'kind', 'name', 'ports', 'trafficPolicy']);

const existingPods: Check = {
  reads: [['kubernetes', 'existing']],
  run({ input, declared: { kubernetes } }, report) {
    if (!kubernetes?.existing) return;
    for (const key of Object.keys((valueAt(input, ['kubernetes']) ?? {}) as object)) {
      if (FACTS.has(key)) continue;
      report(
        ['kubernetes', key],
        `${show(key)} has no effect, since existing: true leaves the Deployment alone: leave it out`,
      );
    }
  },
};

export const sideChecks: readonly Check[] = [ends, podsWanted, existingPods];
