import type { Port } from '../config/port';
import type { KubernetesSide } from '../config/resolve';
import type { Probe } from '../config/schema/schema';
import * as k8s from '../imports/k8s';

type Env = KubernetesSide['env'][string];
type Volume = KubernetesSide['volumes'][number];
type Quantities = NonNullable<NonNullable<KubernetesSide['resources']>['requests']>;

/** A number of pods, or a percentage of them. */
export function countOrPercent(value: number | string): k8s.IntOrString {
  return typeof value === 'number' ? k8s.IntOrString.fromNumber(value) : k8s.IntOrString.fromString(value);
}

/**
 * The pods of a {@link Workload}. What is not declared is left to Kubernetes' own defaults: a service that ran on a
 * machine for years runs as it did there, as the image's user, with a writable root and no limits, until its owner
 * says otherwise.
 */
export function podSpec(container: string, pods: KubernetesSide, ports: readonly Port[]): k8s.PodSpec {
  return {
    containers: [containerSpec(container, pods, ports)],
    imagePullSecrets: some(pods.imagePullSecrets.map((name) => ({ name }))),
    serviceAccountName: pods.serviceAccount,
    // Counts from the stop signal: the drain is part of it.
    terminationGracePeriodSeconds: pods.terminationGracePeriodSeconds,
    volumes: some(pods.volumes.map(volumeSpec)),
  };
}

function containerSpec(name: string, pods: KubernetesSide, ports: readonly Port[]): k8s.Container {
  return {
    name,
    image: pods.image,
    imagePullPolicy: pods.imagePullPolicy,
    command: pods.command,
    args: pods.args,
    ports: ports.map((port) => ({ name: port.name, containerPort: port.kubernetes, protocol: 'TCP' })),
    env: some(Object.entries(pods.env).map(([key, value]) => envVar(key, value))),
    envFrom: some(pods.envFrom.map(envFrom)),
    volumeMounts: some(pods.volumes.map(volumeMount)),
    resources: pods.resources && {
      requests: quantities(pods.resources.requests),
      limits: quantities(pods.resources.limits),
    },
    // Readiness alone: a failing pod leaves the traffic. Nothing restarted the service on the machine either, and a
    // liveness probe made from a readiness check turns a slow minute into a restart.
    readinessProbe: pods.probe && probeSpec(pods.probe),
    // Clients learn that a pod goes only after it was told to: it serves on for as long as that takes.
    lifecycle: pods.drainSeconds > 0 ? { preStop: sleep(pods.drainSeconds) } : undefined,
    securityContext: securityContext(pods),
  };
}

/** The `sleep` of the image: the kubelet's own sleep action came with Kubernetes 1.29. */
function sleep(seconds: number): k8s.LifecycleHandler {
  return { exec: { command: ['sleep', String(seconds)] } };
}

/** On the container, not the pod: the sidecar has a user of its own. Absent unless something is asked for. */
function securityContext(pods: KubernetesSide): k8s.SecurityContext | undefined {
  const { user, group, readOnlyRootFilesystem } = pods;
  if (user === undefined && group === undefined && !readOnlyRootFilesystem) return undefined;
  return {
    runAsUser: user,
    runAsGroup: group,
    readOnlyRootFilesystem: readOnlyRootFilesystem || undefined,
  };
}

function probeSpec({ httpGet, tcpSocket, ...rest }: Probe): k8s.Probe {
  return {
    ...rest,
    httpGet: httpGet && { ...httpGet, port: k8s.IntOrString.fromNumber(httpGet.port) },
    tcpSocket: tcpSocket && { ...tcpSocket, port: k8s.IntOrString.fromNumber(tcpSocket.port) },
  };
}

function envVar(name: string, value: Env): k8s.EnvVar {
  if (typeof value === 'string') return { name, value };
  if ('secret' in value) return { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } };
  return { name, valueFrom: { configMapKeyRef: { name: value.configMap, key: value.key } } };
}

function envFrom(source: KubernetesSide['envFrom'][number]): k8s.EnvFromSource {
  return 'secret' in source
    ? { secretRef: { name: source.secret } }
    : { configMapRef: { name: source.configMap } };
}

function volumeSpec({ name, configMap, secret, persistentVolumeClaim }: Volume): k8s.Volume {
  if (configMap) return { name, configMap: { name: configMap } };
  if (secret) return { name, secret: { secretName: secret } };
  if (persistentVolumeClaim) return { name, persistentVolumeClaim: { claimName: persistentVolumeClaim } };
  return { name, emptyDir: {} };
}

function volumeMount({ name, mountPath, subPath, readOnly }: Volume): k8s.VolumeMount {
  return { name, mountPath, subPath, readOnly: readOnly || undefined };
}

function quantities(declared: Quantities | undefined): Record<string, k8s.Quantity> | undefined {
  if (!declared) return undefined;
  const { cpu, memory } = declared;
  return {
    ...(cpu && { cpu: k8s.Quantity.fromString(cpu) }),
    ...(memory && { memory: k8s.Quantity.fromString(memory) }),
  };
}

/** Kubernetes writes no empty list. */
function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
