import type { Side } from '../../../config';
import { routingOf } from '../../../config/routing-output';
import type { LiveObject } from '../../gate/cluster';
import { type Facts, labelsOf, nameOf, ofKind, podsOf, serviceOf, versionOf } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { holds, type Labels, words } from '../labels';
import { destinationRules, OTHER_ROUTES } from './route';

interface Subset {
  readonly name: string;
  readonly labels?: Labels;
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
}

/** Whether the side's subset selects it, and it alone. */
export function subset(facts: Facts, side: Side): Look {
  const { loaded, phase } = facts;
  const version = versionOf(loaded, side);
  if (routingOf(loaded.migration, loaded.mesh) === 'gateway-api') return unknown(OTHER_ROUTES);
  if (!phase.subsets.includes(side)) return good('no subset, as git declares');
  const rule = destinationRules(facts).find(({ spec }) => subsetOf(spec, version));
  if (!rule)
    return broken(
      `no DestinationRule of the host has a subset ${version}`,
      'sync the routing layer of the migration',
    );
  const { labels } = subsetOf(rule.spec, version) as Subset;
  if (Object.keys(labels ?? {}).length === 0)
    return broken(
      `subset ${version} of ${nameOf(rule)} has no labels: it selects VM and pods alike`,
      `give it the labels version: ${version}`,
    );
  const own = labelsOf(loaded, side);
  return holds(own, labels)
    ? good(`subset ${version}: ${words(labels)}`)
    : broken(
        `subset ${version} of ${nameOf(rule)} selects ${words(labels)}, and the ${NAMES[side]} have ${words(own)}`,
        `give it the labels version: ${version}`,
      );
}

const NAMES: Readonly<Record<Side, string>> = { vm: 'machines', kubernetes: 'pods' };

function subsetOf(spec: LiveObject['spec'], name: string): Subset | undefined {
  return ((spec?.subsets ?? []) as readonly Subset[]).find((one) => one.name === name);
}

/** Whether what the Service selects has the side in it, and what declares the side is there. */
export function selection(facts: Facts, side: Side): Look {
  const { migration } = facts.loaded;
  const service = serviceOf(facts);
  const selector = service?.spec?.selector as Labels | undefined;
  if (!service) return broken('there is no Service', 'sync the workload layer of the migration');
  if (Object.keys(selector ?? {}).length === 0)
    return broken(
      `${nameOf(service)} has no selector: it selects nothing`,
      `set it to app: ${migration.app}`,
    );
  const declares = side === 'vm' ? groupOf(facts) : deploymentOf(facts);
  if (!declares)
    return side === 'vm'
      ? broken(`there is no WorkloadGroup ${migration.vm.group}`, 'sync the vm layer of the migration')
      : broken(
          `there is no Deployment ${migration.kubernetes?.name}`,
          'sync the workload layer of the migration',
        );
  const labels = declaredLabels(declares);
  return holds(labels, selector)
    ? good(`${nameOf(service)} selects ${words(selector)}`)
    : broken(
        `${nameOf(service)} selects ${words(selector)}, and ${nameOf(declares)} has ${words(labels)}`,
        `make both agree; the migration declares app: ${migration.app}`,
      );
}

function declaredLabels({ kind, spec }: LiveObject): Labels {
  if (kind === 'WorkloadGroup') {
    const { metadata, template } = spec as {
      readonly metadata?: { readonly labels?: Labels };
      readonly template?: { readonly labels?: Labels };
    };
    return { ...template?.labels, ...metadata?.labels };
  }
  const { metadata } = (spec?.template ?? {}) as { readonly metadata?: { readonly labels?: Labels } };
  return metadata?.labels ?? {};
}

function groupOf(facts: Facts): LiveObject | undefined {
  const { migration } = facts.loaded;
  return ofKind(facts, 'WorkloadGroup', migration.namespace).find(
    ({ metadata }) => metadata.name === migration.vm.group,
  );
}

function deploymentOf(facts: Facts): LiveObject | undefined {
  const { migration } = facts.loaded;
  return ofKind(facts, 'Deployment', migration.namespace).find(
    ({ metadata }) => metadata.name === migration.kubernetes?.name,
  );
}

/** Whether each port of the Service leads to the port that the side listens on. */
export function port(facts: Facts, side: Side): Look {
  const { migration } = facts.loaded;
  const service = serviceOf(facts);
  const ports = (service?.spec?.ports ?? []) as readonly ServicePort[];
  for (const { name, service: number, [side]: wanted } of migration.ports) {
    const one = ports.find((each) => each.port === number);
    if (!service || !one) continue;
    const target = one.targetPort ?? one.port;
    const reached = side === 'vm' ? onMachine(facts, one, target) : inPod(facts, target);
    if (reached === undefined)
      return broken(
        `targetPort ${target} of port ${number} of ${nameOf(service)} is the name of no port of the ${NAMES[side]}: the endpoint is dropped without a word`,
        side === 'vm'
          ? `name it after a port of WorkloadGroup ${migration.vm.group}, or give its number, ${wanted}`
          : `name it after a port of the container, or give its number, ${wanted}`,
      );
    if (reached !== wanted)
      return broken(
        `port ${number} of ${nameOf(service)} leads to ${reached} of the ${NAMES[side]}, and ${name} is declared to listen on ${wanted}`,
        `set its targetPort to ${wanted}, or correct ${side}.ports in the migration`,
      );
  }
  return good(migration.ports.map(({ name, [side]: number }) => `${name} on ${number}`).join(', '));
}

/** A named targetPort is a key of the group's ports; a number gives way to the group's port of the Service port's name. */
function onMachine(facts: Facts, { name }: ServicePort, target: number | string): number | undefined {
  const template = groupOf(facts)?.spec?.template as { readonly ports?: Readonly<Record<string, number>> };
  const ports = template?.ports ?? {};
  return typeof target === 'string' ? ports[target] : (ports[name ?? ''] ?? target);
}

function inPod(facts: Facts, target: number | string): number | undefined {
  if (typeof target === 'number') return target;
  const specs = [
    (deploymentOf(facts)?.spec?.template as { readonly spec?: unknown } | undefined)?.spec,
    ...podsOf(facts).map(({ spec }) => spec),
  ] as ({ readonly containers?: readonly { readonly ports?: readonly ContainerPort[] }[] } | undefined)[];
  const ports = specs.flatMap((spec) => spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === target)?.containerPort;
}

interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
}
