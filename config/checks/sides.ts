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
const FACTS = new Set(['version', 'existing', 'name', 'ports', 'labels', 'serviceAccount', 'trafficPolicy']);

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

const autoscaling: Check = {
  reads: [
    ['kubernetes', 'autoscaling'],
    ['kubernetes', 'replicas'],
    ['kubernetes', 'resources'],
  ],
  run({ input, declared: { kubernetes } }, report) {
    if (!kubernetes?.autoscaling || kubernetes.existing) return;
    const { minReplicas, maxReplicas } = kubernetes.autoscaling;
    if (minReplicas > maxReplicas) {
      report(
        ['kubernetes', 'autoscaling', 'maxReplicas'],
        `${maxReplicas} is less than minReplicas, which is ${minReplicas}`,
      );
    }
    if (valueAt(input, ['kubernetes', 'replicas']) !== undefined) {
      report(
        ['kubernetes', 'replicas'],
        'the autoscaler sets the number of pods: declare replicas or autoscaling, not both',
      );
    }
    if (kubernetes.resources?.requests?.cpu === undefined) {
      report(
        ['kubernetes', 'autoscaling'],
        'aims at a share of the CPU that is requested, and none is: declare kubernetes.resources.requests.cpu',
      );
    }
  },
};

const shutdown: Check = {
  reads: [
    ['kubernetes', 'drainSeconds'],
    ['kubernetes', 'terminationGracePeriodSeconds'],
  ],
  run({ declared: { kubernetes } }, report) {
    if (!kubernetes || kubernetes.drainSeconds < kubernetes.terminationGracePeriodSeconds) return;
    if (kubernetes.drainSeconds === 0) return;
    report(
      ['kubernetes', 'drainSeconds'],
      `${kubernetes.drainSeconds} leaves the process no time to stop: it must be less than terminationGracePeriodSeconds, which is ${kubernetes.terminationGracePeriodSeconds}`,
    );
  },
};

const volumes: Check = {
  reads: [['kubernetes', 'volumes']],
  run({ declared: { kubernetes } }, report) {
    for (const field of ['name', 'mountPath'] as const) {
      const seen = new Set<string>();
      kubernetes?.volumes.forEach((volume, index) => {
        if (seen.has(volume[field])) {
          report(['kubernetes', 'volumes', index, field], `${show(volume[field])} is used by two volumes`);
        }
        seen.add(volume[field]);
      });
    }
  },
};

export const sideChecks: readonly Check[] = [ends, podsWanted, existingPods, autoscaling, shutdown, volumes];
