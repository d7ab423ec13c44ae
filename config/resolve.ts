import { fields } from '../manifests/manifest';
import type { End } from '../plan/phase';
import { mainContainerIn, mainContainerName } from './main-container';
import { type Port, PROTOCOLS, protocolOf } from './port';
import type { RoutingOutput } from './routing-output';
import type { Gate } from './schema/gate';
import type {
  KubernetesDeclaration,
  MigrationDeclaration,
  Probe,
  Rule,
  TrafficPolicy,
  VmDeclaration,
} from './schema/schema';
import type { Sticky } from './schema/sticky';

/** The VM's side of a migration, complete. */
export interface VmSide extends Omit<VmDeclaration, 'group' | 'probe' | 'ports' | 'labels'> {
  /** Name of the WorkloadGroup. */
  readonly group: string;
  /** All labels of the VM, app and version among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Health of the service on the VM; absent: a connected VM counts as healthy. */
  readonly probe?: Probe;
}

/** The Kubernetes side of a migration, complete. */
export interface KubernetesSide
  extends Omit<KubernetesDeclaration, 'name' | 'probe' | 'ports' | 'drainSeconds'> {
  /** Name of the Deployment or StatefulSet. */
  readonly name: string;
  /** Name of the main container. */
  readonly container: string;
  /** Name of the headless Service of a StatefulSet, which gives each of its pods a name. */
  readonly podNames: string;
  /** Labels that tell the pods: app and version. */
  readonly labels: Readonly<Record<string, string>>;
  /** Readiness that the main container is given; absent: `podTemplate` says it, or a running pod counts as ready. */
  readonly probe?: Probe;
  /** Seconds that a stopping pod keeps serving; 0: no preStop hook is derived. */
  readonly drainSeconds: number;
}

/** A way in for callers from outside the mesh. */
export interface GatewayRoute {
  /** The Gateway: `<name>` or `<namespace>/<name>`. */
  readonly name: string;
  /** Host names that callers use. */
  readonly hosts: readonly string[];
  /** Name of the port they reach. */
  readonly port: string;
}

/** The Service that clients call. */
export interface ServiceFacts extends Omit<MigrationDeclaration['service'], 'name' | 'existing'> {
  readonly name: string;
  /** It exists already, and is not rendered. */
  readonly existing: boolean;
}

/** A migration with every value filled in: what the plan and the constructs work from. */
export interface Migration {
  /** Name of the migration, and of its folder. */
  readonly name: string;
  /** Namespace of the service and of all its objects. */
  readonly namespace: string;
  /** The `app` label of both sides, which the Service selects. */
  readonly app: string;
  /** Name of the current phase. */
  readonly phase: string;
  /** What its plan ends in. */
  readonly ends: End;
  /** Kinds of objects that it is routed by; absent: those of its mesh. */
  readonly routing?: RoutingOutput;
  /** Ports of the service, at least one, in the order declared. */
  readonly ports: readonly Port[];
  /** The Service that clients call. */
  readonly service: ServiceFacts;
  /** The side that serves today. */
  readonly vm: VmSide;
  /** The side that takes over; absent: the migration ends in `onboard`, without pods. */
  readonly kubernetes?: KubernetesSide;
  /** Share of Kubernetes in percent, step by step; empty where nothing shifts. */
  readonly steps: readonly number[];
  /** Keeps a caller on the side that answered it first; absent: each request draws a side. */
  readonly sticky?: Sticky;
  /** DNS names from outside the cluster that clients in the mesh use for the VM today. */
  readonly aliases: readonly string[];
  /** Ways in for callers from outside the mesh. */
  readonly gateways: readonly GatewayRoute[];
  /** Policy of the host, as declared; absent: what the DestinationRule fills in alone. */
  readonly trafficPolicy?: TrafficPolicy;
  /** http rules that the host already has; the first match wins. */
  readonly rules: readonly Rule[];
  /** What has to hold before it moves on. */
  readonly gate: Gate;
}

/** Steps that a migration takes where none are declared. */
export function defaultSteps(ends: End, podsServeAlready: boolean): readonly number[] {
  if (ends === 'onboard') return [];
  if (podsServeAlready) return { done: [90, 100], split: [90, 75, 50], standby: [90, 75, 50, 25, 0] }[ends];
  return { done: [10, 25, 50, 75, 100], split: [10, 25, 50], standby: [] }[ends];
}

/** Fills in what follows from other fields. The declaration must have passed the checks. */
export function resolve(declared: MigrationDeclaration, fileName: string): Migration {
  const name = declared.name ?? fileName;
  const app = declared.app ?? name;
  const ends: End = declared.mode === 'temporary' ? 'done' : (declared.ends ?? 'onboard');
  const ports = resolvePorts(declared);
  const { probe: vmProbe, ports: _vmPorts, ...vm } = declared.vm;
  const probe = vmProbe === 'none' ? undefined : (vmProbe ?? defaultProbe(ports));
  const existing = declared.kubernetes?.existing ?? false;
  return {
    name,
    namespace: declared.namespace,
    app,
    phase: declared.phase,
    ends,
    ...(declared.routing && { routing: declared.routing }),
    ports,
    service: {
      ...declared.service,
      name: declared.service.name ?? app,
      existing: declared.service.existing ?? existing,
    },
    vm: {
      ...vm,
      group: vm.group ?? `${app}-${vm.version}`,
      labels: { app, version: vm.version, ...vm.labels },
      ...(probe && { probe: askLocally(probe) }),
    },
    ...(declared.kubernetes && {
      kubernetes: resolveKubernetes(declared.kubernetes, app, name, ports, probe),
    }),
    steps: declared.shift.steps ?? defaultSteps(ends, existing),
    ...(declared.shift.sticky && { sticky: declared.shift.sticky }),
    aliases: declared.aliases,
    gateways: declared.gateways.map((gateway) => ({
      ...gateway,
      port: gateway.port ?? ports.find((port) => port.routing === 'http')?.name ?? '',
    })),
    ...(declared.trafficPolicy && { trafficPolicy: declared.trafficPolicy }),
    rules: declared.rules,
    gate: declared.gate,
  };
}

function resolvePorts(declared: MigrationDeclaration): Port[] {
  return Object.entries(declared.ports).map(([name, service]) => {
    const protocol = protocolOf(name) ?? 'tcp';
    return {
      name,
      protocol,
      routing: PROTOCOLS[protocol] ?? 'tcp',
      service,
      vm: declared.vm.ports?.[name] ?? service,
      kubernetes: declared.kubernetes?.ports?.[name] ?? service,
    };
  });
}

function resolveKubernetes(
  declared: KubernetesDeclaration,
  app: string,
  migration: string,
  ports: readonly Port[],
  vmProbe: Probe | undefined,
): KubernetesSide {
  const { probe, ports: _ports, drainSeconds, ...rest } = declared;
  const name = rest.name ?? `${app}-${rest.version}`;
  const container = mainContainerName(app, migration);
  const main = mainContainerIn(declared.podTemplate, container);
  // One kind of probe takes the place of another: merged they would contradict each other.
  const readiness = probe === 'vm' && !main.readinessProbe && vmProbe && askThePod(vmProbe, ports);
  return {
    ...rest,
    name,
    container,
    podNames: `${name}-pods`,
    labels: { app, version: rest.version },
    ...(readiness && { probe: readiness }),
    drainSeconds: fields(main.lifecycle).preStop ? 0 : (drainSeconds ?? defaultDrain(declared)),
  };
}

const DRAIN_SECONDS = 5;

/** The process needs the other half of a short grace period to stop. */
function defaultDrain({ podTemplate }: KubernetesDeclaration): number {
  return Math.min(DRAIN_SECONDS, Math.floor(gracePeriod(podTemplate) / 2));
}

/** Seconds from the stop signal to the kill; the drain counts too. */
export function gracePeriod(podTemplate: KubernetesDeclaration['podTemplate']): number {
  return Number(fields(podTemplate?.spec).terminationGracePeriodSeconds ?? 30);
}

/** HTTP GET / on the first http port, else a TCP connection to the first port. */
function defaultProbe(ports: readonly Port[]): Probe | undefined {
  const http = ports.find((port) => port.protocol === 'http');
  if (http) return { httpGet: { path: '/', port: http.vm, scheme: 'HTTP' } };
  return ports[0] && { tcpSocket: { port: ports[0].vm } };
}

/** The agent on the VM asks by this address; without one it would ask an address the mesh knows the VM by. */
function askLocally(probe: Probe): Probe {
  const host = probe.httpGet?.host ?? probe.tcpSocket?.host ?? '127.0.0.1';
  if (probe.httpGet) return { ...probe, httpGet: { ...probe.httpGet, host } };
  if (probe.tcpSocket) return { ...probe, tcpSocket: { ...probe.tcpSocket, host } };
  return probe;
}

/** The same question, asked of the pod on its own port numbers. */
function askThePod(probe: Probe, ports: readonly Port[]): Probe {
  const number = (vm: number) => ports.find((port) => port.vm === vm)?.kubernetes ?? vm;
  if (probe.httpGet) {
    const { host: _host, ...httpGet } = probe.httpGet;
    return { ...probe, httpGet: { ...httpGet, port: number(httpGet.port) } };
  }
  if (probe.tcpSocket) return { ...probe, tcpSocket: { port: number(probe.tcpSocket.port) } };
  if (probe.grpc) return { ...probe, grpc: { ...probe.grpc, port: number(probe.grpc.port) } };
  return probe;
}
