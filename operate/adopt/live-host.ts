import { fields, formatPath, items, type Manifest, selects, text, texts } from '../../manifests/manifest';

/** A host cannot be taken over, or not by itself. The message is meant to be printed as it is. */
export class AdoptError extends Error {
  override readonly name = 'AdoptError';
}

/** Kinds that are looked at, as kubectl takes them. */
export const KINDS = [
  'services',
  'deployments.apps',
  'statefulsets.apps',
  'virtualservices.networking.istio.io',
  'destinationrules.networking.istio.io',
  'workloadgroups.networking.istio.io',
  'peerauthentications.security.istio.io',
];

/** What serves a host today, and what routes it. */
export interface LiveHost {
  /** Name of its Service. */
  readonly name: string;
  readonly namespace: string;
  readonly service: Manifest;
  readonly virtualService?: Manifest;
  readonly destinationRule?: Manifest;
  /** The Deployment or StatefulSet whose pods the Service selects. */
  readonly pods?: Manifest;
  /** The WorkloadGroup that the Service selects. */
  readonly group?: Manifest;
  /** The PeerAuthentication of the group. */
  readonly peerAuthentication?: Manifest;
}

/**
 * Finds what belongs to a host among the objects of its namespace.
 *
 * @throws AdoptError where it has no Service, nothing serves it, or several objects claim one part
 */
export function findHost(host: string, namespace: string, objects: readonly Manifest[]): LiveHost {
  const [name = '', ...rest] = host.split('.');
  const here = objects.filter((one) => namespaceOf(one) === namespace);
  const service = here.find((one) => one.kind === 'Service' && nameOf(one) === name);
  if (rest.length > 0 && rest[0] !== namespace)
    throw new AdoptError(`✖ ${host} is not in the namespace ${namespace}: give the one that it is in by -n`);
  if (!service)
    throw new AdoptError(
      `✖ there is no Service ${namespace}/${name}\n  way out: name the host by its Service; where callers use another name, that becomes one of the aliases`,
    );
  const selector = texts(fields(service.spec).selector);
  if (Object.keys(selector).length === 0)
    throw new AdoptError(`✖ Service ${namespace}/${name} selects nothing: who answers is not known from it`);
  const isHost = (written: unknown) => isNameOf(String(written), name, namespace);
  const pods = only(
    here.filter(
      (one) =>
        ['Deployment', 'StatefulSet'].includes(String(one.kind)) && selects(selector, templateLabels(one)),
    ),
    `run pods that Service ${name} selects`,
  );
  const group = only(
    here.filter((one) => one.kind === 'WorkloadGroup' && selects(selector, templateLabels(one))),
    `make machines that Service ${name} selects`,
  );
  if (!pods && !group)
    throw new AdoptError(
      `✖ nothing serves ${namespace}/${name}: no Deployment, StatefulSet or WorkloadGroup has the labels ${Object.entries(
        selector,
      )
        .map((pair) => pair.join('='))
        .join(', ')}`,
    );
  const peerAuthentication =
    group &&
    here.find(
      (one) =>
        one.kind === 'PeerAuthentication' &&
        selects(texts(fields(fields(one.spec).selector).matchLabels), templateLabels(group)),
    );
  const virtualService = only(
    here.filter((one) => one.kind === 'VirtualService' && items(fields(one.spec).hosts).some(isHost)),
    `route ${name}`,
  );
  const destinationRule = only(
    here.filter((one) => one.kind === 'DestinationRule' && isHost(fields(one.spec).host)),
    `have a policy for ${name}`,
  );
  for (const one of [virtualService, destinationRule])
    if (one && texts(fields(one.metadata).labels)['app.kubernetes.io/managed-by'] === 'meshferry')
      throw new AdoptError(
        `✖ ${label(one)} is rendered by meshferry already, by the migration ${texts(fields(one.metadata).labels)['app.kubernetes.io/part-of']}`,
      );
  return {
    name,
    namespace,
    service,
    ...(virtualService && { virtualService }),
    ...(destinationRule && { destinationRule }),
    ...(pods && { pods }),
    ...(group && { group }),
    ...(peerAuthentication && { peerAuthentication }),
  };
}

/** `VirtualService shop/orders`. */
export function label(manifest: Manifest): string {
  return `${manifest.kind} ${namespaceOf(manifest)}/${nameOf(manifest)}`;
}

export function nameOf({ metadata }: Manifest): string {
  return text(fields(metadata).name) ?? '';
}

/** Labels of the pods or machines that an object makes. */
export function templateLabels({ kind, spec }: Manifest): Readonly<Record<string, string>> {
  if (kind !== 'WorkloadGroup') return texts(fields(fields(fields(spec).template).metadata).labels);
  return { ...texts(fields(fields(spec).metadata).labels), ...texts(fields(fields(spec).template).labels) };
}

/** Whether a name that Istio completes in the namespace is that of a Service. */
export function isNameOf(written: string, service: string, namespace: string): boolean {
  const [name, space = namespace, ...rest] = written.split('.');
  return name === service && space === namespace && (rest.length === 0 || rest[0] === 'svc');
}

function namespaceOf({ metadata }: Manifest): string {
  return text(fields(metadata).namespace) ?? 'default';
}

function only(found: readonly Manifest[], what: string): Manifest | undefined {
  if (found.length > 1)
    throw new AdoptError(
      `✖ several objects ${what}: ${found.map(label).join(', ')}\n  way out: join them into one, or give the files of those that belong together`,
    );
  return found[0];
}

/** A place in an object, as a report names it. */
export function place(manifest: Manifest, path: readonly (string | number)[]): string {
  return `${label(manifest)} ${formatPath(path)}`;
}
