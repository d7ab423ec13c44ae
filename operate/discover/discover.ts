import { load } from 'js-yaml';
import type { MeshInput } from '../../config';

/** A Kubernetes object, as much of it as is looked at. */
export interface Found {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** An Istio installation, and where each of its facts was found. */
export interface Discovered {
  readonly mesh: MeshInput;
  /** `Deployment istio-system/istiod`, by field of the mesh. */
  readonly from: Readonly<Record<string, string>>;
}

/** A fact is missing, or there are several candidates for it. The message is meant to be printed as it is. */
export class DiscoverError extends Error {
  override readonly name = 'DiscoverError';
}

/** Ports by which an expansion gateway is known, whatever it is called: istiod's, and the mesh's own. */
const GATEWAY_PORTS = [15012, 15443];

/** Facts that a person gives, where the cluster holds none or several. */
export interface GivenFacts {
  /** Revision of istiod. @default that of the only one */
  readonly revision?: string;
  /** Version of Istio, e.g. `1.24`. @default what istiod's image or the IstioControlPlane tells */
  readonly istio?: string;
  /** Name of the expansion gateway's Service. @default the only one that has its ports */
  readonly gateway?: string;
}

/**
 * Finds the facts of an Istio installation in a cluster: for plain Istio in istiod's Deployment and ConfigMaps, for an
 * operator's installation in its IstioControlPlane too. Nothing is guessed: a fact that is missing is asked for.
 *
 * @param objects Deployments, ConfigMaps, Services, Namespaces and IstioControlPlanes of all namespaces
 * @throws DiscoverError naming the option that gives the missing fact
 */
export function discover(objects: readonly Found[], given: GivenFacts = {}): Discovered {
  const istiod = theIstiod(objects, given.revision);
  const namespace = istiod.metadata.namespace ?? 'istio-system';
  const rev = revisionOf(istiod);
  const suffix = rev === undefined ? '' : `-${rev}`;
  const inNamespace = (kind: string, name: string) =>
    objects.find(
      (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
    );
  const injector = inNamespace('ConfigMap', `istio-sidecar-injector${suffix}`);
  const config = inNamespace('ConfigMap', `istio${suffix}`);
  const controlPlane = theControlPlane(objects, namespace, rev);
  const global = at(parse(injector?.data?.values), 'global');
  const mesh = parse(config?.data?.mesh);
  const gateway = theGateway(objects, namespace, given.gateway);
  const home = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace);
  const found: Record<string, Fact> = {
    istio: firstOf([
      { value: given.istio, from: '--istio' },
      { value: versionOf(istiod), object: istiod },
      { value: versionIn(text(controlPlane?.spec?.version)), object: controlPlane },
    ]),
    network: firstOf([
      { value: text(controlPlane?.spec?.networkName), object: controlPlane },
      { value: text(at(global, 'network')), object: injector },
      { value: text(home?.metadata.labels?.['topology.istio.io/network']), object: home },
    ]),
    trustDomain: { value: text(at(mesh, 'trustDomain')), object: config },
    clusterDomain: { value: text(at(at(global, 'proxy'), 'clusterDomain')), object: injector },
    namespace: { value: namespace, object: istiod },
    revision: { value: rev, object: istiod },
    expansionGateway: { value: gateway && { service: gateway.metadata.name }, object: gateway },
  };
  if (!found.istio?.value) {
    throw new DiscoverError(
      `✖ ${label(istiod)} has no version: its image has no tag such as 1.24.0\n  way out: give the version that it was built from, such as --istio 1.24`,
    );
  }
  const known = Object.entries(found).filter(([, { value }]) => value !== undefined);
  return {
    mesh: Object.fromEntries(known.map(([field, { value }]) => [field, value])) as unknown as MeshInput,
    from: Object.fromEntries(
      known.map(([field, { object, from }]) => [field, object ? label(object) : (from ?? '')]),
    ),
  };
}

/** A mesh.yaml with each fact and where it came from. */
export function meshYaml({ mesh, from }: Discovered): string {
  const lines = Object.entries(mesh).map(([field, value]) => {
    const written =
      typeof value === 'object'
        ? `\n  service: ${(value as { service: string }).service}`
        : ` ${field === 'istio' ? JSON.stringify(value) : value}`;
    return `# ${from[field]}\n${field}:${written}\n`;
  });
  return lines.join('');
}

/** A field of the mesh, and its source: an object, or else an option. */
interface Fact {
  readonly value: unknown;
  readonly object?: Found | undefined;
  readonly from?: string;
}

function firstOf(facts: readonly Fact[]): Fact {
  return facts.find(({ value }) => value !== undefined) ?? { value: undefined };
}

/** An operator names the istiod of its control plane after it; one without a revision belongs to the only one there. */
function theControlPlane(
  objects: readonly Found[],
  namespace: string,
  revision: string | undefined,
): Found | undefined {
  const all = objects.filter(
    ({ kind, metadata }) => kind === 'IstioControlPlane' && metadata.namespace === namespace,
  );
  if (revision !== undefined)
    return all.find(({ metadata: { name } }) => name.replaceAll('.', '-') === revision);
  if (all.length > 1) {
    throw new DiscoverError(
      `✖ the istiod in ${namespace} has no revision, and several control planes could be its own: ${all.map(label).join(', ')}\n  way out: say which istiod is meant by --revision, or write mesh.yaml by hand`,
    );
  }
  return all[0];
}

function theGateway(
  objects: readonly Found[],
  namespace: string,
  name: string | undefined,
): Found | undefined {
  const all = objects.filter(
    (one) => one.kind === 'Service' && one.metadata.namespace === namespace && isGateway(one),
  );
  const fitting = name === undefined ? all : all.filter(({ metadata }) => metadata.name === name);
  const names = all.map(({ metadata }) => metadata.name).join(', ') || 'none';
  if (name !== undefined && fitting.length === 0) {
    throw new DiscoverError(
      `✖ ${namespace} has no Service ${name} with the ports ${GATEWAY_PORTS.join(' and ')}; those with them: ${names}`,
    );
  }
  if (fitting.length > 1) {
    throw new DiscoverError(
      `✖ several Services could be the expansion gateway: ${names}\n  way out: say which by --gateway`,
    );
  }
  return fitting[0];
}

function theIstiod(objects: readonly Found[], revision: string | undefined): Found {
  const all = objects.filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.app === 'istiod',
  );
  const fitting =
    revision === undefined
      ? all
      : all.filter((one) => [revisionOf(one) ?? 'default', labelled(one)].includes(revision));
  const [first, second] = fitting;
  const names = all.map((one) => `${label(one)} (revision ${revisionOf(one) ?? 'default'})`).join(', ');
  if (!first) {
    throw new DiscoverError(
      all.length > 0
        ? `✖ no istiod has the revision ${revision}; there are ${names}`
        : '✖ no Deployment labelled app=istiod is in the cluster: is it the right context?',
    );
  }
  if (second)
    throw new DiscoverError(
      `✖ several istiods are in the cluster: say which by --revision; there are ${names}`,
    );
  return first;
}

/**
 * What istiod's objects are called by: `istiod-1-24` reads the ConfigMap `istio-1-24`. The label that pods choose it by
 * is mostly the same; an operator's holds the namespace too, `cp-v115x.istio-system`.
 */
function revisionOf({ metadata: { name } }: Found): string | undefined {
  return name.startsWith('istiod-') ? name.slice('istiod-'.length) : undefined;
}

function labelled({ metadata }: Found): string | undefined {
  return metadata.labels?.['istio.io/rev'];
}

function versionOf({ spec, metadata }: Found): string | undefined {
  const containers = at(at(at(spec, 'template'), 'spec'), 'containers');
  const images = Array.isArray(containers)
    ? containers.map((container) => text(at(container, 'image')) ?? '')
    : [];
  const tagged = [
    ...images.map((image) => /:([^:/@]+)(@|$)/.exec(image)?.[1]),
    metadata.labels?.['app.kubernetes.io/version'],
  ];
  // A custom build may have any tag, and its chart's version label says 1.0.0.
  return tagged.map(versionIn).find((version) => version !== undefined);
}

function versionIn(text: string | undefined): string | undefined {
  return /^v?(1\.\d\d+(\.\d+)?)/.exec(text ?? '')?.[1];
}

function isGateway({ metadata, spec }: Found): boolean {
  const ports = at(spec, 'ports');
  const numbers = Array.isArray(ports) ? ports.map((port) => at(port, 'port')) : [];
  return metadata.labels?.app !== 'istiod' && GATEWAY_PORTS.every((port) => numbers.includes(port));
}

function label({ kind, metadata: { namespace, name } }: Found): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function parse(yaml: string | undefined): unknown {
  if (yaml === undefined) return undefined;
  try {
    return load(yaml);
  } catch {
    return undefined; // an unreadable source counts as missing
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
