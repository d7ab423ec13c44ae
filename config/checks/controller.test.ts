import { tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const POD = '  podTemplate:\n    spec:\n';

describe('the controller of the pods', () => {
  tells([
    [
      'autoscaling',
      `${VALID}  replicas: 2\n  autoscaling: {minReplicas: 3, maxReplicas: 2}\n`,
      [
        `✖ the autoscaler sets the number of pods: declare replicas or autoscaling, not both → at kubernetes.replicas (${F}:7)`,
        `✖ aims at a share of the CPU that is requested, and none is: declare resources.requests.cpu of container analytics in kubernetes.podTemplate → at kubernetes.autoscaling (${F}:8)`,
        `✖ 2 is less than minReplicas, which is 3 → at kubernetes.autoscaling.maxReplicas (${F}:8)`,
      ],
    ],
    [
      'autoscaling by a limit, which is the request too',
      `${VALID}  autoscaling: {maxReplicas: 2}\n${POD}      containers: [{name: analytics, resources: {limits: {cpu: 1}}}]\n`,
      [],
    ],
    [
      'a drain as long as the grace period',
      `${VALID}  drainSeconds: 30\n`,
      [
        `✖ 30 leaves the process no time to stop: it must be less than terminationGracePeriodSeconds, which is 30 → at kubernetes.drainSeconds (${F}:7)`,
      ],
    ],
    [
      'a drain longer than the grace period of the template',
      `${VALID}  drainSeconds: 5\n${POD}      terminationGracePeriodSeconds: 5\n`,
      [
        `✖ 5 leaves the process no time to stop: it must be less than terminationGracePeriodSeconds, which is 5 → at kubernetes.drainSeconds (${F}:7)`,
      ],
    ],
    [
      'a drain beside a preStop hook',
      `${VALID}  drainSeconds: 5\n${POD}      containers: [{name: analytics, lifecycle: {preStop: {sleep: {seconds: 3}}}}]\n`,
      [
        `✖ is a preStop hook, and podTemplate gives the main container another: declare one of them → at kubernetes.drainSeconds (${F}:7)`,
      ],
    ],
    [
      'fields of a StatefulSet on a Deployment',
      `${VALID}  updateStrategy: {type: OnDelete}\n  volumeClaimTemplates: []\n`,
      [
        `✖ is a field of a StatefulSet, and this is a Deployment: declare strategy, or declare kind: StatefulSet → at kubernetes.updateStrategy (${F}:7)`,
        `✖ is a field of a StatefulSet, and this is a Deployment: leave it out, or declare kind: StatefulSet → at kubernetes.volumeClaimTemplates (${F}:8)`,
      ],
    ],
    [
      'a StatefulSet whose headless Service has the name of another',
      `${VALID}  kind: StatefulSet\n  name: analytics\nservice: {name: analytics-pods}\n`,
      [
        `✖ "analytics" gives the headless Service of the StatefulSet the name "analytics-pods", which is that of another Service of the migration: declare another → at kubernetes.name (${F}:8)`,
      ],
    ],
    [
      'a StatefulSet whose name leaves no room for that of its headless Service',
      `${VALID}  kind: StatefulSet\n  name: ${'a'.repeat(59)}\n`,
      [
        `✖ "${'a'.repeat(59)}" is too long: the headless Service of the StatefulSet is called "${'a'.repeat(59)}-pods", and a Service's name has 63 characters at most → at kubernetes.name (${F}:8)`,
      ],
    ],
    [
      'a rollout that has no time to progress',
      `${VALID}  minReadySeconds: 600\n`,
      [
        `✖ 600 must be less than progressDeadlineSeconds, which is 600 → at kubernetes.minReadySeconds (${F}:7)`,
      ],
    ],
    [
      "claims and strategies against Kubernetes' schema",
      `${VALID}  kind: StatefulSet\n  updateStrategy: {rollingUpdate: {partitions: 1}}\n  volumeClaimTemplates:\n    - spec: {accessModes: ReadWriteOnce}\n`,
      [
        `✖ unknown key "partitions"; did you mean "partition"? → at kubernetes.updateStrategy.rollingUpdate.partitions (${F}:8)`,
        `✖ "ReadWriteOnce" must be a list → at kubernetes.volumeClaimTemplates[0].spec.accessModes (${F}:10)`,
      ],
    ],
  ]);
});
