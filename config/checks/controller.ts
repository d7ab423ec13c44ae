import { fields } from '../../manifests/manifest';
import { show } from '../explain';
import { mainContainerIn } from '../main-container';
import { valueAt } from '../problem';
import { gracePeriod } from '../resolve';
import type { Check } from './check';

/** Fields that one kind of controller has and the other lacks. */
const OF_ONE_KIND = {
  Deployment: ['strategy', 'progressDeadlineSeconds'],
  StatefulSet: [
    'updateStrategy',
    'volumeClaimTemplates',
    'persistentVolumeClaimRetentionPolicy',
    'podManagementPolicy',
  ],
} as const;

const INSTEAD: Readonly<Record<string, string>> = {
  strategy: 'declare updateStrategy',
  updateStrategy: 'declare strategy',
};

const kind: Check = {
  reads: [['kubernetes', 'kind']],
  run({ input, declared: { kubernetes } }, report) {
    if (!kubernetes || kubernetes.existing) return;
    const other = kubernetes.kind === 'Deployment' ? 'StatefulSet' : 'Deployment';
    for (const field of OF_ONE_KIND[other]) {
      if (valueAt(input, ['kubernetes', field]) === undefined) continue;
      report(
        ['kubernetes', field],
        `is a field of a ${other}, and this is a ${kubernetes.kind}: ${INSTEAD[field] ?? 'leave it out'}, or declare kind: ${other}`,
      );
    }
  },
};

const LONGEST_NAME = 63;

/** A StatefulSet's pods get names from a headless Service that is named after it. */
const podNames: Check = {
  reads: [
    ['name'],
    ['app'],
    ['service', 'name'],
    ['vm', 'version'],
    ['kubernetes', 'name'],
    ['kubernetes', 'version'],
  ],
  run({ migration }, report) {
    const { service, kubernetes, vm } = migration;
    if (kubernetes?.kind !== 'StatefulSet' || kubernetes.existing) return;
    const { podNames: name, version } = kubernetes;
    const others = [service.name, `${service.name}-${vm.version}`, `${service.name}-${version}`];
    if (others.includes(name))
      report(
        ['kubernetes', 'name'],
        `${show(kubernetes.name)} gives the headless Service of the StatefulSet the name ${show(name)}, which is that of another Service of the migration: declare another`,
      );
    if (name.length > LONGEST_NAME)
      report(
        ['kubernetes', 'name'],
        `${show(kubernetes.name)} is too long: the headless Service of the StatefulSet is called ${show(name)}, and a Service's name has ${LONGEST_NAME} characters at most`,
      );
  },
};

const autoscaling: Check = {
  reads: [
    ['kubernetes', 'autoscaling'],
    ['kubernetes', 'replicas'],
    ['kubernetes', 'podTemplate'],
  ],
  run({ input, declared: { kubernetes }, migration }, report) {
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
    const container = migration.kubernetes?.container ?? '';
    const { resources } = mainContainerIn(kubernetes.podTemplate, container);
    // Kubernetes takes a limit for the request where none is declared.
    const { requests, limits } = fields(resources);
    if ({ ...fields(limits), ...fields(requests) }.cpu === undefined) {
      report(
        ['kubernetes', 'autoscaling'],
        `aims at a share of the CPU that is requested, and none is: declare resources.requests.cpu of container ${container} in kubernetes.podTemplate`,
      );
    }
  },
};

const shutdown: Check = {
  reads: [
    ['kubernetes', 'drainSeconds'],
    ['kubernetes', 'podTemplate'],
  ],
  run({ declared: { kubernetes }, migration }, report) {
    const drain = kubernetes?.drainSeconds ?? 0;
    if (!kubernetes || drain === 0) return;
    const { lifecycle } = mainContainerIn(kubernetes.podTemplate, migration.kubernetes?.container ?? '');
    if (fields(lifecycle).preStop) {
      report(
        ['kubernetes', 'drainSeconds'],
        'is a preStop hook, and podTemplate gives the main container another: declare one of them',
      );
      return;
    }
    const grace = gracePeriod(kubernetes.podTemplate);
    if (drain < grace) return;
    report(
      ['kubernetes', 'drainSeconds'],
      `${drain} leaves the process no time to stop: it must be less than terminationGracePeriodSeconds, which is ${grace}`,
    );
  },
};

/** Kubernetes' default. */
const PROGRESS_DEADLINE = 600;

/** The API server refuses a Deployment that could never count as progressing. */
const deadline: Check = {
  reads: [
    ['kubernetes', 'minReadySeconds'],
    ['kubernetes', 'progressDeadlineSeconds'],
  ],
  run({ declared: { kubernetes } }, report) {
    if (kubernetes?.kind !== 'Deployment' || kubernetes.existing) return;
    const { minReadySeconds = 0, progressDeadlineSeconds = PROGRESS_DEADLINE } = kubernetes;
    if (progressDeadlineSeconds > minReadySeconds) return;
    report(
      ['kubernetes', 'minReadySeconds'],
      `${minReadySeconds} must be less than progressDeadlineSeconds, which is ${progressDeadlineSeconds}`,
    );
  },
};

export const controllerChecks: readonly Check[] = [kind, podNames, autoscaling, shutdown, deadline];
