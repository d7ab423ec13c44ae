import {
  fields,
  items,
  type Manifest,
  type Path,
  type Source,
  selects,
  text,
  texts,
} from '../manifests/manifest';

type Labels = Readonly<Record<string, string>>;

/** An object with what every check asks of it. */
export interface Entry {
  readonly source: Source;
  readonly manifest: Manifest;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Namespace; `default` where the object names none. */
  readonly namespace: string;
  /** `VirtualService smm-demo/analytics`. */
  readonly label: string;
  /** The same for every version of one object. */
  readonly key: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Something that can be an endpoint of a host. */
export interface Workload {
  readonly entry: Entry;
  /** `vm`: a WorkloadGroup or WorkloadEntry; `pods`: anything with a pod template. */
  readonly side: 'vm' | 'pods';
  readonly namespace: string;
  /** Labels that its endpoints carry. */
  readonly labels: Labels;
  /** Where the labels are written. */
  readonly path: Path;
  /** Names of its ports, as a Service's `targetPort` may call them. */
  readonly ports: readonly string[];
  /** Whether it is meant to have endpoints at all: false for a Deployment of no replicas. */
  readonly running: boolean;
}

/** A port that callers can use. */
export interface HostPort {
  readonly name: string;
  readonly number: number;
}

/** A host that the set declares, by a Service or a ServiceEntry. */
export interface Host {
  readonly entry: Entry;
  readonly selector: Labels;
  readonly ports: readonly HostPort[];
}

const ISTIO = 'networking.istio.io';
const TEMPLATED = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];
const entries = new WeakMap<Manifest, Entry>();
const workloads = new WeakMap<Manifest, Workload | null>();

/** Objects that exist together: what one cluster holds at one moment. */
export class ObjectSet {
  readonly entries: readonly Entry[];
  readonly #byKind = new Map<string, Entry[]>();
  #hosts: Map<string, Host> | undefined;
  #workloads: Workload[] | undefined;
  #byLabel: Map<string, Workload[]> | undefined;

  constructor(sources: readonly Source[]) {
    this.entries = sources.map(entryOf);
    for (const entry of this.entries) {
      const kind = `${entry.kind}.${entry.group}`;
      const known = this.#byKind.get(kind);
      if (known) known.push(entry);
      else this.#byKind.set(kind, [entry]);
    }
  }

  /** Objects of one of Istio's networking kinds. */
  istio(kind: 'VirtualService' | 'DestinationRule' | 'Gateway' | 'ServiceEntry'): readonly Entry[] {
    return this.of(kind, ISTIO);
  }

  /** Objects of a kind; the group of core kinds is ''. */
  of(kind: string, group: string): readonly Entry[] {
    return this.#byKind.get(`${kind}.${group}`) ?? [];
  }

  /** Everything that can be an endpoint. */
  get workloads(): readonly Workload[] {
    this.#workloads ??= this.entries.map(workloadOf).filter((workload) => workload !== null);
    return this.#workloads;
  }

  /** Hosts that Services and ServiceEntries declare, by the name that {@link hostName} gives. */
  get hosts(): ReadonlyMap<string, Host> {
    this.#hosts ??= new Map([
      ...this.of('Service', '').map((entry) => [serviceName(entry), serviceHost(entry)] as const),
      ...this.istio('ServiceEntry').flatMap((entry) =>
        items(entry.spec.hosts).map((host) => [String(host).toLowerCase(), serviceEntryHost(entry)] as const),
      ),
    ]);
    return this.#hosts;
  }

  /** Workloads of a namespace that a selector finds. */
  select(namespace: string, selector: Labels): readonly Workload[] {
    const [first] = Object.entries(selector);
    if (!first) return [];
    this.#byLabel ??= indexByLabel(this.workloads);
    const candidates = this.#byLabel.get(`${namespace} ${first[0]}=${first[1]}`) ?? [];
    return candidates.filter(({ labels }) => selects(selector, labels));
  }

  /** Workloads that a host's selector finds. */
  endpoints({ entry, selector }: Host): readonly Workload[] {
    return this.select(entry.namespace, selector);
  }
}

/** The object with what every check asks of it. */
export function entryOf(source: Source): Entry {
  const { manifest } = source;
  const known = entries.get(manifest);
  if (known?.source === source) return known;
  const metadata = fields(manifest.metadata);
  const [version = '', rest] = String(manifest.apiVersion ?? '').split('/');
  const group = rest === undefined ? '' : version;
  const kind = text(manifest.kind) ?? '?';
  const name = text(metadata.name) ?? text(metadata.generateName) ?? '?';
  const namespace = text(metadata.namespace) ?? source.namespace ?? 'default';
  const entry: Entry = {
    source,
    manifest,
    group,
    kind,
    name,
    namespace,
    label: `${kind} ${metadata.namespace === undefined ? '' : `${namespace}/`}${name}`,
    key: `${group}/${kind}/${namespace}/${name}`,
    spec: fields(manifest.spec),
  };
  entries.set(manifest, entry);
  return entry;
}

/**
 * One name for a host, however it is written: a name without a dot is a Service of the object's own namespace, and
 * the cluster's domain does not matter.
 */
export function hostName(host: string, namespace: string): string {
  if (!host.includes('.') && host !== '*') return `${host}.${namespace}.svc`;
  const service = /^([^.*]+\.[^.]+\.svc)\..+$/.exec(host);
  return (service?.[1] ?? host).toLowerCase();
}

function serviceName({ name, namespace }: Entry): string {
  return `${name}.${namespace}.svc`;
}

function serviceHost(entry: Entry): Host {
  return { entry, selector: texts(entry.spec.selector), ports: ports(entry.spec.ports, 'port') };
}

function serviceEntryHost(entry: Entry): Host {
  const selector = texts(fields(entry.spec.workloadSelector).labels);
  return { entry, selector, ports: ports(entry.spec.ports, 'number') };
}

function ports(value: unknown, number: string): HostPort[] {
  return items(value)
    .map(fields)
    .map((port) => ({ name: text(port.name) ?? '', number: Number(port[number]) }));
}

/** Without it, each Service would look at each workload. */
function indexByLabel(workloads: readonly Workload[]): Map<string, Workload[]> {
  const index = new Map<string, Workload[]>();
  for (const workload of workloads)
    for (const [key, value] of Object.entries(workload.labels)) {
      const name = `${workload.namespace} ${key}=${value}`;
      const known = index.get(name);
      if (known) known.push(workload);
      else index.set(name, [workload]);
    }
  return index;
}

/** The endpoints that an object stands for, null where it stands for none. */
export function workloadOf(entry: Entry): Workload | null {
  const known = workloads.get(entry.manifest);
  if (known === null || known?.entry === entry) return known;
  const workload = readWorkload(entry);
  workloads.set(entry.manifest, workload);
  return workload;
}

function readWorkload(entry: Entry): Workload | null {
  const { group, kind, spec, namespace } = entry;
  if (group === ISTIO && kind === 'WorkloadGroup') {
    const template = fields(spec.template);
    const metadata = fields(spec.metadata);
    const labels = { ...texts(template.labels), ...texts(metadata.labels) };
    const path = metadata.labels ? ['spec', 'metadata', 'labels'] : ['spec', 'template', 'labels'];
    return {
      entry,
      side: 'vm',
      namespace,
      labels,
      path,
      ports: Object.keys(fields(template.ports)),
      running: true,
    };
  }
  if (group === ISTIO && kind === 'WorkloadEntry') {
    const labels = texts(spec.labels);
    const ports = Object.keys(fields(spec.ports));
    return { entry, side: 'vm', namespace, labels, path: ['spec', 'labels'], ports, running: true };
  }
  if (group === 'apps' && TEMPLATED.includes(kind)) {
    const template = fields(spec.template);
    return pods(entry, template, ['spec', 'template'], spec.replicas !== 0);
  }
  return group === '' && kind === 'Pod' ? pods(entry, entry.manifest, [], true) : null;
}

function pods(entry: Entry, pod: Readonly<Record<string, unknown>>, path: Path, running: boolean): Workload {
  const containers = items(fields(pod.spec).containers).map(fields);
  return {
    entry,
    side: 'pods',
    namespace: entry.namespace,
    labels: texts(fields(pod.metadata).labels),
    path: [...path, 'metadata', 'labels'],
    ports: containers.flatMap((container) =>
      items(container.ports).flatMap((port) => text(fields(port).name) ?? []),
    ),
    running,
  };
}
