import { load } from 'js-yaml';
import type { MeshInput } from '../config';

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

/** Nothing, or more than one, that could be meant. The message is meant to be printed as it is. */
export class DiscoverError extends Error {
  override readonly name = 'DiscoverError';
}

/** Ports by which an expansion gateway is known, whatever it is called: istiod's, and the mesh's own. */
const GATEWAY_PORTS = [15012, 15443];

/**
 * What a cluster tells of its Istio: plain Istio by istiod's Deployment and ConfigMaps, an Istio operator's
 * installation by its IstioControlPlane too.
 *
 * @param objects Deployments, ConfigMaps, Services and IstioControlPlanes of all namespaces
 * @param revision of istiod, where there are several. @default the only one
 * @throws DiscoverError
 */
export function discover(objects: readonly Found[], revision?: string): Discovered {
  const istiod = theIstiod(objects, revision);
  const namespace = istiod.metadata.namespace ?? 'istio-system';
  const rev = revisionOf(istiod);
  const suffix = rev === undefined ? '' : `-${rev}`;
  const inNamespace = (kind: string, name: string) =>
    objects.find(
      (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
    );
  const injector = inNamespace('ConfigMap', `istio-sidecar-injector${suffix}`);
  const config = inNamespace('ConfigMap', `istio${suffix}`);
  const controlPlane = objects.find(
    (one) => one.kind === 'IstioControlPlane' && (rev === undefined || rev.startsWith(one.metadata.name)),
  );
  const global = at(parse(injector?.data?.values), 'global');
  const mesh = parse(config?.data?.mesh);
  const gateway = objects.find(
    (one) => one.kind === 'Service' && one.metadata.namespace === namespace && isGateway(one),
  );
  const found: Record<string, { value: unknown; object: Found | undefined }> = {
    istio: { value: versionOf(istiod) ?? text(controlPlane?.spec?.version), object: istiod },
    network: text(controlPlane?.spec?.networkName)
      ? { value: controlPlane?.spec?.networkName, object: controlPlane }
      : { value: text(at(global, 'network')), object: injector },
    trustDomain: { value: text(at(mesh, 'trustDomain')), object: config },
    clusterDomain: { value: text(at(at(global, 'proxy'), 'clusterDomain')), object: injector },
    namespace: { value: namespace, object: istiod },
    revision: { value: rev, object: istiod },
    expansionGateway: { value: gateway && { service: gateway.metadata.name }, object: gateway },
  };
  if (!found.istio?.value) {
    throw new DiscoverError(
      `✖ ${label(istiod)} tells no version: its image has no tag such as 1.24.0, as a build of one's own; write mesh.yaml by hand`,
    );
  }
  const known = Object.entries(found).filter(([, { value }]) => value !== undefined);
  return {
    mesh: Object.fromEntries(known.map(([field, { value }]) => [field, value])) as unknown as MeshInput,
    from: Object.fromEntries(known.map(([field, { object }]) => [field, object ? label(object) : ''])),
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

function theIstiod(objects: readonly Found[], revision: string | undefined): Found {
  const all = objects.filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.app === 'istiod',
  );
  const fitting =
    revision === undefined ? all : all.filter((one) => (revisionOf(one) ?? 'default') === revision);
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

/** Istio calls an istiod without a revision `default`. */
function revisionOf({ metadata }: Found): string | undefined {
  const revision = metadata.labels?.['istio.io/rev'];
  return revision === undefined || revision === 'default' ? undefined : revision;
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
  // A build of one's own is tagged anyhow, and its chart says 1.0.0.
  return tagged
    .map((tag) => /^v?(1\.\d\d+(\.\d+)?)/.exec(tag ?? '')?.[1])
    .find((version) => version !== undefined);
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
    return undefined; // then this source tells nothing, as if it were not there
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
