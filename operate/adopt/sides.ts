import type { MigrationInput } from '../../config';
import { protocolOf } from '../../config/port';
import { fields, items, type Manifest, text, texts } from '../../manifests/manifest';
import { AdoptError, type LiveHost, label, nameOf, templateLabels } from './live-host';
import { withoutServerFields } from './server-fields';

type Vm = NonNullable<MigrationInput['vm']>;
type Kubernetes = NonNullable<MigrationInput['kubernetes']>;

/** One port of the Service, and what it is called behind it. */
export interface LivePort {
  readonly name: string;
  readonly port: number;
  readonly target: string | number;
}

/**
 * The ports of the Service.
 *
 * @throws AdoptError where a name does not say the protocol: Istio and a migration read it from there
 */
export function portsOf(service: Manifest): readonly LivePort[] {
  return items(fields(service.spec).ports).map((item) => {
    const { name, port, targetPort } = fields(item);
    const called = text(name) ?? '';
    if (protocolOf(called) === undefined)
      throw new AdoptError(
        `✖ port ${port} of ${label(service)} is called ${JSON.stringify(called)}, which does not begin with its protocol\n  way out: call it http-${called || port} or tcp-${called || port}, in the WorkloadGroup and the routes too; clients call its number`,
      );
    return {
      name: called,
      port: Number(port),
      target: typeof targetPort === 'string' || typeof targetPort === 'number' ? targetPort : Number(port),
    };
  });
}

/** The `version` label of a side, which its subset selects by. */
export function versionOf(side: Manifest): string {
  const { version } = templateLabels(side);
  if (version === undefined)
    throw new AdoptError(
      `✖ what ${label(side)} makes has no label version, and the subsets of a DestinationRule select by it\n  way out: add the label to its template, e.g. version: v1; a Deployment replaces its pods for that`,
    );
  return version;
}

/** The machines' side: a WorkloadGroup and its PeerAuthentication, or, before there is one, what will make it selected. */
export function vmOf(live: LiveHost, ports: readonly LivePort[], app: string): Vm {
  const { group, pods, peerAuthentication, service } = live;
  if (!group) {
    const taken = pods && versionOf(pods) === 'v0';
    const more = others(texts(fields(service.spec).selector));
    return { ...(taken && { version: 'vm' }), ...(Object.keys(more).length > 0 && { labels: more }) };
  }
  const version = versionOf(group);
  const { template, probe } = fields(withoutServerFields(group).spec);
  const { ports: numbers, serviceAccount, network, locality } = fields(template);
  const named = fields(numbers);
  const differing = ports.flatMap(({ name, port }) =>
    typeof named[name] === 'number' && named[name] !== port ? [[name, named[name] as number]] : [],
  );
  const mode = text(fields(fields(peerAuthentication?.spec).mtls).mode);
  const annotations = texts(fields(withoutServerFields(group).metadata).annotations);
  const labels = others(templateLabels(group));
  return {
    ...(version !== 'v0' && { version }),
    ...(nameOf(group) !== `${app}-${version}` && { group: nameOf(group) }),
    ...(serviceAccount !== undefined &&
      serviceAccount !== 'default' && { serviceAccount: String(serviceAccount) }),
    ...(text(network) && { network: text(network) }),
    ...(differing.length > 0 && { ports: Object.fromEntries(differing) }),
    probe: (probe as Vm['probe']) ?? 'none',
    // Without a PeerAuthentication of its own a machine follows the namespace and the mesh.
    mtls: (mode as Vm['mtls']) ?? 'UNSET',
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(text(locality) && { locality: text(locality) }),
  } as Vm;
}

/** The number that the pods listen on for each port of the Service; none where it goes by a name that they do not have. */
export function portNumbers(pods: Manifest, ports: readonly LivePort[]): ReadonlyMap<string, number> {
  const containers = items(fields(fields(fields(pods.spec).template).spec).containers).map(fields);
  const named = new Map(
    containers.flatMap(({ ports: own }) =>
      items(own).map((port) => [fields(port).name, Number(fields(port).containerPort)] as const),
    ),
  );
  return new Map(
    ports.flatMap(({ name, target }) => {
      const number = typeof target === 'number' ? target : named.get(target);
      return number === undefined ? [] : [[name, number] as const];
    }),
  );
}

/** The pods, left to who deploys them today. */
export function podsOf(pods: Manifest, ports: readonly LivePort[], app: string): Kubernetes {
  const version = versionOf(pods);
  const numbers = portNumbers(pods, ports);
  const differing = ports.flatMap(({ name, port }) => {
    const number = numbers.get(name);
    return number !== undefined && number !== port ? [[name, number] as const] : [];
  });
  return {
    existing: true,
    ...(version !== 'v1' && { version }),
    ...(nameOf(pods) !== `${app}-${version}` && { name: nameOf(pods) }),
    ...(differing.length > 0 && { ports: Object.fromEntries(differing) }),
  };
}

function others({
  app: _app,
  version: _version,
  ...labels
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return labels;
}
