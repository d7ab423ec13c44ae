import { defineMesh, defineMigration, type Mesh, type MigrationInput } from '../../config';
import { PROTOCOLS, protocolOf } from '../../config/port';
import { renderPhase } from '../../constructs';
import { fields, items, type Manifest, text, texts } from '../../manifests/manifest';
import { positionOf } from '../../plan/position';
import { handover, type Step } from './handover';
import { AdoptError, findHost, type LiveHost, nameOf, templateLabels } from './live-host';
import { type LostField, lostFields } from './lost-fields';
import { hostPolicyOf, subsetPolicyOf } from './policy';
import { type AdoptedRoutes, readRoutes } from './routes';
import { podsOf, portsOf, versionOf, vmOf } from './sides';
import { takenPods } from './taken-pods';

/** A live host as a migration, and all that a person has to know before it is synced. */
export interface Adoption {
  /** What `migrations/<name>.yaml` is to hold; `name` is always declared. */
  readonly migration: MigrationInput & { readonly name: string };
  /** The live objects that it is made from. */
  readonly live: readonly Manifest[];
  /** What the current phase renders. */
  readonly rendered: readonly Manifest[];
  /** What the migration cannot say, field by field. */
  readonly lost: readonly LostField[];
  /** What else is different afterwards, in sentences. */
  readonly notes: readonly string[];
  /** What is to be done where, in this order, so that no object has two owners. */
  readonly steps: readonly Step[];
}

/** How a host is taken over. */
export interface AdoptOptions {
  /** The mesh that it is in. @default one with the defaults of mesh.yaml */
  readonly mesh?: Mesh;
  /** Whether the Deployment is taken over too, beside machines that serve already. @default false */
  readonly takePods?: boolean;
}

/**
 * Writes the migration of a host that is routed already, at the phase that its weights are those of. The Service and
 * the pods stay with who deploys them; the routes, the policy and the WorkloadGroup are taken over.
 * Only where it is asked for, the Deployment is too.
 *
 * @param host name of its Service, alone or in full
 * @param objects of its namespace, live or from files
 * @throws AdoptError where there is nothing to take over, or more than one migration can hold
 */
export function adopt(
  host: string,
  namespace: string,
  objects: readonly Manifest[],
  { mesh = defineMesh({ istio: '1.22' }), takePods = false }: AdoptOptions = {},
): Adoption {
  const live = findHost(host, namespace, objects);
  const { name: service, virtualService, destinationRule, group, pods } = live;
  const ports = portsOf(live.service);
  const sideVersion = { vm: group && versionOf(group), kubernetes: pods && versionOf(pods) };
  if (sideVersion.vm !== undefined && sideVersion.vm === sideVersion.kubernetes)
    throw new AdoptError(
      `✖ machines and pods of ${service} have the same label version: ${sideVersion.vm}\n  way out: give one of them another, so that a subset can select it`,
    );
  const routes = virtualService
    ? readRoutes(virtualService, {
        name: service,
        namespace,
        ports: new Map(ports.map(({ name, port }) => [port, name])),
        sideOf: (subset) => sideOf(subset, destinationRule, sideVersion),
      })
    : NO_ROUTES;
  if (takePods && !(group && pods))
    throw new AdoptError(
      '✖ pods are taken over beside machines that serve: there are not both\n  way out: leave the pods to who deploys them',
    );
  const course = courseOf(live, routes, takePods);
  const app = templateLabels(pods ?? group ?? {}).app ?? service;
  const policy = hostPolicyOf(destinationRule);
  const [vmPolicy, podPolicy] = [sideVersion.vm, sideVersion.kubernetes].map((version) =>
    subsetPolicyOf(destinationRule, version),
  );
  const vm = { ...vmOf(live, ports, app), ...(vmPolicy && { trafficPolicy: vmPolicy }) };
  const name = migrationName(live, sideVersion);
  const taken = takePods && pods ? takenPods(pods, ports, app, name) : undefined;
  const side = taken?.kubernetes ?? (pods && podsOf(pods, ports, app));
  const migration = {
    name,
    namespace,
    ...(app !== name && { app }),
    phase: course.phase,
    ...(!pods && { mode: 'long-term' as const, ends: 'onboard' as const }),
    ports: Object.fromEntries(ports.map((one) => [one.name, one.port])),
    service: { ...(service !== app && { name: service }), existing: true },
    ...(Object.keys(vm).length > 0 && { vm }),
    ...(side && { kubernetes: { ...side, ...(podPolicy && { trafficPolicy: podPolicy }) } }),
    ...(course.steps && { shift: { steps: course.steps } }),
    ...(routes.aliases.length > 0 && { aliases: [...routes.aliases] }),
    ...(routes.gateways.length > 0 && { gateways: routes.gateways }),
    ...(policy && { trafficPolicy: policy }),
    ...(routes.rules.length > 0 && { rules: routes.rules }),
  };
  const resolved = defineMigration(migration, name);
  const layers = renderPhase(resolved, mesh, positionOf(resolved).phase);
  const rendered = [...layers.vm, ...layers.workload, ...layers.routing] as readonly Manifest[];
  const objectsTaken = [
    live.peerAuthentication,
    group,
    taken && pods,
    destinationRule,
    virtualService,
  ].filter((one) => one !== undefined);
  return {
    migration,
    live: objectsTaken,
    rendered,
    lost: lostFields(live, rendered, takePods),
    notes: [
      ...course.notes,
      ...(taken?.notes ?? []),
      ...routes.problems,
      ...selectorNotes(live),
      ...routeNotes(live, ports),
      ...policyNotes(destinationRule),
    ],
    steps: handover(objectsTaken, rendered),
  };
}

const NO_ROUTES: AdoptedRoutes = { rules: [], aliases: [], gateways: [], problems: [] };

type Versions = { readonly vm?: string | undefined; readonly kubernetes?: string | undefined };

function sideOf(subset: string, destinationRule: Manifest | undefined, versions: Versions) {
  const found = items(fields(destinationRule?.spec).subsets)
    .map(fields)
    .find(({ name }) => name === subset);
  const version = text(fields(found?.labels).version);
  if (version === undefined) return undefined;
  return version === versions.vm ? 'vm' : version === versions.kubernetes ? 'kubernetes' : undefined;
}

interface Course {
  readonly phase: string;
  readonly steps?: number[];
  readonly notes: readonly string[];
}

/** Shares of Kubernetes that lead on from one. */
const STEPS = [10, 25, 50, 75, 90, 100];

/** The phase whose weights the host has today. */
function courseOf(
  { pods, group, virtualService }: LiveHost,
  { weights }: AdoptedRoutes,
  takePods: boolean,
): Course {
  if (!pods)
    return {
      phase: 'onboard',
      notes: [
        'no pods serve it: the migration ends with the machine in the mesh. To go on, declare kubernetes.image and leave mode and ends out',
      ],
    };
  if (!group)
    return weights
      ? { phase: 'guard', notes: [] }
      : {
          phase: 'prepare',
          notes: virtualService
            ? ['its routes name no side: the next phase, guard, keeps them on the pods']
            : [],
        };
  if (!weights) {
    const [phase, first] = takePods ? ['deploy', 'machines'] : ['onboard', 'pods'];
    return {
      phase: String(phase),
      notes: [
        `machines and pods answer side by side today, by their number; the first sync gives everything to the ${first}`,
      ],
    };
  }
  const share = weights.kubernetes;
  if (share === 0 && takePods) return { phase: 'deploy', notes: [] };
  if (share === 0)
    throw new AdoptError(
      '✖ the machines get everything, and pods that serve nobody are deployed beside them: a migration whose pods exist begins with the pods\n  way out: take the Deployment over too, by --take-pods',
    );
  return { phase: `shift-${share}`, steps: [share, ...STEPS.filter((one) => one > share)], notes: [] };
}

/**
 * The name of the live routes, so that they are applied over in place. Where a subset is called otherwise than its
 * version, another one: applied over, the DestinationRule would lose a subset while routes still name it.
 */
function migrationName({ name, virtualService, destinationRule }: LiveHost, versions: Versions): string {
  const live = [virtualService, destinationRule].flatMap((one) => (one ? [nameOf(one)] : []));
  const known = [versions.vm, versions.kubernetes].filter((one) => one !== undefined);
  const kept = items(fields(destinationRule?.spec).subsets).every((subset) => {
    const { name: called, labels } = fields(subset);
    return known.includes(String(called)) && fields(labels).version === called;
  });
  if (kept && new Set(live).size === 1) return live[0] ?? name;
  return live.includes(name) ? `${name}-migration` : name;
}

function selectorNotes({ service, group }: LiveHost): string[] {
  const selector = texts(fields(service.spec).selector);
  return !group && selector.version !== undefined
    ? [
        `the Service selects version: ${selector.version}, so that no machine is ever selected: take version out of its selector before the phase onboard`,
      ]
    : [];
}

/** Ports that no route names go to both sides by their number today, and by weight afterwards. */
function routeNotes({ virtualService }: LiveHost, ports: ReturnType<typeof portsOf>): string[] {
  if (!virtualService) return [];
  const { http, tcp, gateways, hosts } = fields(virtualService.spec);
  const matches = [...items(http), ...items(tcp)].map((route) => items(fields(route).match).map(fields));
  const open = (sort: unknown) => items(sort).some((route) => items(fields(route).match).length === 0);
  const unnamed = ports.filter(({ name, port }) => {
    const routing = PROTOCOLS[protocolOf(name) ?? 'tcp'];
    return !open(routing === 'http' ? http : tcp) && !matches.flat().some((match) => match.port === port);
  });
  // A match without a port is for every port of its sort.
  const left = unnamed.filter(
    ({ name }) => PROTOCOLS[protocolOf(name) ?? 'tcp'] === 'tcp' || items(http).length === 0,
  );
  const outside = items(gateways).some((name) => name !== 'mesh') && items(hosts).length > 1;
  return [
    ...left.map(({ name }) => `port ${name} has no route today; it gets the weights of the others`),
    ...(outside
      ? [
          'its other hosts are taken for names at the gateways: those that clients in the mesh use belong to aliases too',
        ]
      : []),
  ];
}

function policyNotes(destinationRule: Manifest | undefined): string[] {
  const { connectionPool, outlierDetection } = fields(fields(destinationRule?.spec).trafficPolicy);
  const filled = [
    ...(fields(fields(connectionPool).tcp).connectTimeout === undefined
      ? ['a connectTimeout of 1500ms']
      : []),
    ...(outlierDetection === undefined ? ['outlier detection'] : []),
  ];
  return filled.length > 0
    ? [`its traffic policy gains ${filled.join(' and ')}: trafficPolicy in the migration says otherwise`]
    : [];
}
