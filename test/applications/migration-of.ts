import type { MigrationInput } from '../../config';
import { protocolOf } from '../../config/port';
import { fields, items, type Manifest, text, texts } from '../../manifests/manifest';

type Fields = Readonly<Record<string, unknown>>;

/** A workload of an application as it is published: its controller, and the Service in front of it. */
export interface Original {
  readonly controller: Manifest;
  readonly service?: Manifest;
}

/** Fields of a controller's spec that a migration has by the same names. */
const OF_CONTROLLER = [
  'replicas',
  'strategy',
  'updateStrategy',
  'volumeClaimTemplates',
  'persistentVolumeClaimRetentionPolicy',
  'podManagementPolicy',
  'minReadySeconds',
  'revisionHistoryLimit',
  'progressDeadlineSeconds',
];

/** The migration that somebody would write for a workload, by hand and field by field. */
export function migrationOf(original: Original): MigrationInput & { readonly name: string } {
  const { controller, service } = withoutNulls(original) as Original;
  const name = String(fields(controller.metadata).name);
  const spec = fields(controller.spec);
  const template = fields(spec.template);
  const app = texts(fields(template.metadata).labels).app ?? name;
  const containers = items(fields(template.spec).containers).map(fields);
  const main = mainContainer(containers, service);
  const ports = servicePorts(service, containers);
  return {
    name,
    namespace: 'default',
    app,
    phase: 'deploy',
    ports: Object.fromEntries(ports.map((port) => [port.name, port.service])),
    service: { name: String(fields(service?.metadata).name ?? name), ...serviceOf(service) },
    vm: { ...(ports.length > 0 && { probe: { tcpSocket: { port: ports[0]?.service ?? 0 } } }) },
    kubernetes: {
      kind: controller.kind === 'StatefulSet' ? 'StatefulSet' : 'Deployment',
      ...Object.fromEntries(OF_CONTROLLER.filter((key) => key in spec).map((key) => [key, spec[key]])),
      image: String(main.image),
      ports: Object.fromEntries(ports.map((port) => [port.name, port.container])),
      // Nothing is derived, so that what is rendered can be compared whole.
      probe: 'none',
      drainSeconds: 0,
      podTemplate: {
        ...metadataOf(template),
        spec: {
          ...fields(template.spec),
          containers: containers.map((one) => (one === main ? withoutImage(one, app, ports) : one)),
        },
      },
    },
  };
}

/** To Kubernetes a field without a value is one that is not there. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(given.map(([key, one]) => [key, withoutNulls(one)]));
}

/** The container that the Service's first port leads to; of several that name no port, the first. */
function mainContainer(containers: readonly Fields[], service: Manifest | undefined): Fields {
  const target = fields(items(fields(service?.spec).ports)[0]);
  const port = target.targetPort ?? target.port;
  const serves = (one: Fields) =>
    items(one.ports)
      .map(fields)
      .some((each) => each.name === port || each.containerPort === port);
  return containers.find(serves) ?? containers[0] ?? {};
}

interface ServicePort {
  readonly name: string;
  readonly service: number;
  readonly container: number;
}

/** Istio reads the protocol from the first word of a port's name: what has no such word gets one. */
function servicePorts(service: Manifest | undefined, containers: readonly Fields[]): ServicePort[] {
  return (
    items(fields(service?.spec).ports)
      .map(fields)
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map(({ name, port, targetPort = port }) => {
        const known = text(name) ?? '';
        const called = protocolOf(known) ? known : `tcp-${known || port}`.slice(0, 15);
        const target = containers
          .flatMap((one) => items(one.ports).map(fields))
          .find((one) => one.name === targetPort);
        return {
          name: called,
          service: Number(port),
          container: Number(target?.containerPort ?? targetPort),
        };
      })
      // A port that leads to a name that no container has leads nowhere.
      .filter(({ container }) => Number.isInteger(container))
  );
}

function serviceOf(service: Manifest | undefined): NonNullable<MigrationInput['service']> {
  if (!service) return {};
  const { selector: _s, ports: _p, clusterIP, ...spec } = fields(service.spec);
  const annotations = texts(fields(service.metadata).annotations);
  const kept = clusterIP === 'None' ? spec : { ...spec, ...(clusterIP !== undefined && { clusterIP }) };
  return {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(Object.keys(kept).length > 0 && { spec: kept }),
  };
}

function metadataOf(template: Fields): Fields {
  const { annotations, labels } = fields(template.metadata);
  const { app: _app, version: _version, ...more } = fields(labels);
  const kept = {
    ...(annotations !== undefined && { annotations }),
    ...(Object.keys(more).length > 0 && { labels: more }),
  };
  return Object.keys(kept).length > 0 ? { metadata: kept } : {};
}

/** The main container under the name of the app, with its ports under the names of the service's. */
function withoutImage(
  { image: _image, ...container }: Fields,
  app: string,
  ports: readonly ServicePort[],
): Fields {
  const renamed = new Map<unknown, string>();
  const own = items(container.ports)
    .map(fields)
    .map(({ name, ...port }) => {
      const served = ports.find(
        (one) => one.container === port.containerPort && (port.protocol ?? 'TCP') === 'TCP',
      );
      if (served) renamed.set(name, served.name);
      return served || name === undefined ? port : { name, ...port };
    });
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'].filter(
    (key) => key in container,
  );
  return {
    ...container,
    ...(own.length > 0 && { ports: own }),
    ...Object.fromEntries(probes.map((key) => [key, withPortNames(container[key], renamed)])),
    name: app,
  };
}

function withPortNames(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => withPortNames(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === 'port' ? (names.get(one) ?? one) : withPortNames(one, names),
    ]),
  );
}
