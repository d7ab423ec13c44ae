import type { Port } from '../config/port';
import type { KubernetesSide } from '../config/resolve';
import { fields, items } from '../manifests/manifest';
import { mergeFields } from './merge-fields';

/** What a template of pods is made from. */
export interface PodTemplateProps {
  /** The pods, as a migration's `kubernetes` section declares them. */
  readonly pods: KubernetesSide;
  /** Ports of the service. */
  readonly ports: readonly Port[];
  /**
   * Version of Kubernetes.
   *
   * @default - not known
   */
  readonly kubernetes?: string;
}

/**
 * The template of the pods, in Kubernetes' own words. What neither is derived nor declared is left to Kubernetes'
 * defaults: a service that ran on a machine for years runs as it did there, as the image's user, with a writable root
 * and no limits, until its owner says otherwise.
 */
export function podTemplate({
  pods,
  ports,
  kubernetes,
}: PodTemplateProps): Readonly<Record<string, unknown>> {
  const declared = fields(pods.podTemplate?.spec);
  const derived = {
    metadata: { labels: pods.labels },
    spec: {
      // A process that comes from a machine knows nothing of Kubernetes' API; one that has an account of its own may.
      ...(declared.serviceAccountName === undefined && { automountServiceAccountToken: false }),
      containers: [mainContainer(pods, ports, kubernetes)],
    },
  };
  const secured =
    pods.podSecurity === 'restricted'
      ? mergeFields(restricted(pods.container, declared), derived, 'PodTemplateSpec')
      : derived;
  return pods.podTemplate ? mergeFields(secured, pods.podTemplate, 'PodTemplateSpec') : secured;
}

/** Rights that no process of a restricted pod may have. */
const NO_MORE_RIGHTS = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/**
 * What the Pod Security Standard `restricted` asks a pod and each of its containers to say.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
function restricted(main: string, declared: Readonly<Record<string, unknown>>) {
  const secured = (list: unknown) =>
    items(list).map((one) => ({ name: fields(one).name, securityContext: NO_MORE_RIGHTS }));
  const further = secured(declared.containers).filter(({ name }) => name !== main);
  const first = secured(declared.initContainers);
  return {
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: main, securityContext: NO_MORE_RIGHTS }, ...further],
      ...(first.length > 0 && { initContainers: first }),
    },
  };
}

function mainContainer(
  { container, image, probe, drainSeconds }: KubernetesSide,
  ports: readonly Port[],
  kubernetes: string | undefined,
) {
  return {
    name: container,
    image,
    ports: ports.map((port) => ({ name: port.name, containerPort: port.kubernetes, protocol: 'TCP' })),
    // Readiness alone: a failing pod leaves the traffic. Nothing restarted the service on the machine either, and a
    // liveness probe made from a readiness check turns a slow minute into a restart.
    ...(probe && { readinessProbe: probe }),
    // Clients learn that a pod goes only after it was told to: it serves on for as long as that takes.
    ...(drainSeconds > 0 && { lifecycle: { preStop: sleep(drainSeconds, kubernetes) } }),
  };
}

/** The first version of Kubernetes in which the kubelet sleeps by itself without a feature gate. */
const FIRST_WITH_SLEEP = 30;

/** The kubelet's own sleep where the cluster has it, else the `sleep` of the image. */
function sleep(seconds: number, kubernetes: string | undefined) {
  const minor = Number(kubernetes?.split('.')[1] ?? 0);
  return minor >= FIRST_WITH_SLEEP
    ? { sleep: { seconds } }
    : { exec: { command: ['sleep', String(seconds)] } };
}
