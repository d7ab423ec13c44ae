/** Fields of pods and Deployments that the API server fills in, with what it writes. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  creationTimestamp: null,
  defaultMode: 420,
  dnsPolicy: 'ClusterFirst',
  failureThreshold: 3,
  periodSeconds: 10,
  progressDeadlineSeconds: 600,
  protocol: 'TCP',
  restartPolicy: 'Always',
  revisionHistoryLimit: 10,
  schedulerName: 'default-scheduler',
  scheme: 'HTTP',
  successThreshold: 1,
  terminationGracePeriodSeconds: 30,
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  timeoutSeconds: 1,
};

/** Objects that mean nothing when they are empty: the API server writes them where nobody did. */
const EMPTY = ['resources', 'securityContext'];

/** A part of a Deployment without what says no more than the API server's own defaults. */
export function withoutPodDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPodDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, below]) => {
    if (Object.hasOwn(DEFAULTS, key) && DEFAULTS[key] === below) return false;
    if (EMPTY.includes(key) && JSON.stringify(below) === '{}') return false;
    // The old name of serviceAccountName, which the API server writes beside it.
    return key !== 'serviceAccount' || !('serviceAccountName' in value);
  });
  return Object.fromEntries(entries.map(([key, below]) => [key, withoutPodDefaults(below)]));
}
