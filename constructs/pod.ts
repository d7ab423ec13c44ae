import type { Port } from '../config/port';
import type { KubernetesSide } from '../config/resolve';
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
  const derived = {
    metadata: { labels: pods.labels },
    spec: { containers: [mainContainer(pods, ports, kubernetes)] },
  };
  return pods.podTemplate ? mergeFields(derived, pods.podTemplate, 'PodTemplateSpec') : derived;
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
