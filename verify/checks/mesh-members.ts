import { fields, items, type Path, selects, text, texts } from '../../manifests/manifest';
import type { Entry, ObjectSet } from '../object-set';
import type { ManifestCheck } from './check';

/** The user that a sidecar runs as: what it sends is not sent to the sidecar again. */
const SIDECAR_USER = 1337;
const AMBIENT = 'istio.io/dataplane-mode';
const TEMPLATED = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

/** Two labels that choose an istiod contradict each other. */
export const oneInjectionLabel: ManifestCheck = {
  id: 'MF211',
  title: 'a namespace has one label that switches injection on',
  istio: ['IST0123'],
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.of('Namespace', '')) {
      const labels = fields(fields(entry.manifest.metadata).labels);
      const [first, second] = ['istio-injection', 'istio.io/rev', AMBIENT].filter((key) =>
        key === AMBIENT ? labels[key] === 'ambient' : key in labels,
      );
      if (second === undefined || (labels['istio-injection'] ?? 'enabled') !== 'enabled') continue;
      yield {
        entry,
        path: ['metadata', 'labels', second],
        // Pods with a sidecar are left alone by ztunnel.
        ...(second === AMBIENT && { severity: 'note' as const }),
        message: `${first} and ${second} stand side by side: they ask for different ways into the mesh`,
        fix: 'remove one of the two',
      };
    }
  },
};

/** Traffic of the sidecar's own user passes the sidecar by. */
export const otherUsers: ManifestCheck = {
  id: 'MF212',
  title: "no container runs as the sidecar's user",
  istio: ['IST0144'],
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.entries)
      for (const { context, path } of securityContexts(entry))
        if (context.runAsUser === SIDECAR_USER)
          yield {
            entry,
            path: [...path, 'runAsUser'],
            message: `user ${SIDECAR_USER} is the sidecar's own: what this container sends passes the sidecar by`,
            fix: 'run it as another user',
          };
  },
};

function* securityContexts(entry: Entry) {
  const templated = entry.group === 'apps' && TEMPLATED.includes(entry.kind);
  if (!templated && !(entry.group === '' && entry.kind === 'Pod')) return;
  const path: Path = templated ? ['spec', 'template', 'spec'] : ['spec'];
  const pod = templated ? fields(fields(entry.spec.template).spec) : entry.spec;
  if (isOutside(templated ? fields(entry.spec.template) : entry.manifest)) return;
  const containers = [...items(pod.initContainers), ...items(pod.containers)].map(fields);
  // A gateway is a proxy alone, and may be what it is.
  if (containers.some(({ name }) => name !== 'istio-proxy'))
    yield { context: fields(pod.securityContext), path: [...path, 'securityContext'] };
  for (const key of ['initContainers', 'containers'])
    for (const [index, container] of items(pod[key]).entries())
      if (fields(container).name !== 'istio-proxy')
        yield {
          context: fields(fields(container).securityContext),
          path: [...path, key, index, 'securityContext'],
        };
}

/** Whether pods say that they get no sidecar, as istiod's own do. */
export function isOutside({ metadata }: Readonly<Record<string, unknown>>): boolean {
  const { labels, annotations } = fields(metadata);
  return [labels, annotations].some((texts) => String(fields(texts)['sidecar.istio.io/inject']) === 'false');
}

/** In Istio's own namespace a policy is for every namespace. */
const ROOT = 'istio-system';

const SELECTING: readonly [kind: string, group: string, field: string, labels: string][] = [
  ['AuthorizationPolicy', 'security.istio.io', 'selector', 'matchLabels'],
  ['PeerAuthentication', 'security.istio.io', 'selector', 'matchLabels'],
  ['RequestAuthentication', 'security.istio.io', 'selector', 'matchLabels'],
  ['Telemetry', 'telemetry.istio.io', 'selector', 'matchLabels'],
  ['Sidecar', 'networking.istio.io', 'workloadSelector', 'labels'],
];

/** A policy that selects nothing protects nothing. */
export const selectingPolicies: ManifestCheck = {
  id: 'MF505',
  title: 'every policy with a selector selects a VM or pods',
  istio: ['IST0101', 'IST0127'],
  needs: 'cluster',
  run: function* (objects, context) {
    for (const entry of objects.of('AuthorizationPolicy', 'security.istio.io')) {
      const { selector, targetRef, targetRefs } = entry.spec;
      const isForAll = [selector, targetRef, targetRefs].every((one) => one === undefined);
      const empty = ![objects, context].some((set) =>
        set.workloads.some(({ namespace }) => namespace === entry.namespace),
      );
      if (isForAll && empty && entry.namespace !== ROOT)
        yield {
          entry,
          path: ['spec'],
          severity: 'note',
          message: `there are no pods and no VM in ${entry.namespace}`,
          fix: 'put it into the namespace that is meant, or remove it',
          needs: 'cluster',
        };
    }
    for (const [kind, group, field, key] of SELECTING)
      for (const entry of objects.of(kind, group)) {
        const selector = texts(fields(entry.spec[field])[key]);
        if (Object.keys(selector).length === 0 || selectsAny(entry, selector, objects, context)) continue;
        yield {
          entry,
          path: ['spec', field, key],
          message: 'the selector selects no pods and no VM',
          fix: 'give it the labels of the workload that is meant, or remove the object',
        };
      }
  },
};

function selectsAny(
  entry: Entry,
  selector: Readonly<Record<string, string>>,
  ...sets: readonly ObjectSet[]
): boolean {
  const everywhere = entry.namespace === ROOT;
  return sets.some((set) =>
    everywhere
      ? set.workloads.some(({ labels }) => selects(selector, labels))
      : set.select(entry.namespace, selector).length > 0,
  );
}

/** An ambient mesh refuses what a policy without mTLS means to let in. */
export const ambientMtls: ManifestCheck = {
  id: 'MF802',
  title: 'mTLS is not switched off in an ambient mesh',
  needs: 'files',
  run: function* (objects, context) {
    for (const entry of objects.of('PeerAuthentication', 'security.istio.io')) {
      const namespace = ambientNamespace(entry, objects, context);
      if (!namespace || fields(entry.spec.mtls).mode !== 'DISABLE') continue;
      yield {
        entry,
        path: ['spec', 'mtls', 'mode'],
        beside: [namespace],
        message: `${entry.namespace} is in an ambient mesh, which ignores DISABLE: its workloads still take mTLS`,
        fix: 'write PERMISSIVE, or take the workloads out of the mesh',
      };
    }
  },
};

/** Istio before 1.29.6 and 1.30.3 reaches a VM of an ambient mesh in plain text unless its entries say otherwise. */
export const ambientTunnel: ManifestCheck = {
  id: 'MF803',
  title: 'VMs of an ambient mesh are reached through its tunnel',
  needs: 'files',
  run: function* (objects, context) {
    for (const entry of objects.of('WorkloadGroup', 'networking.istio.io')) {
      const namespace = ambientNamespace(entry, objects, context);
      const labels = {
        ...fields(fields(entry.spec.template).labels),
        ...fields(fields(entry.spec.metadata).labels),
      };
      if (!namespace || labels['networking.istio.io/tunnel'] !== undefined) continue;
      yield {
        entry,
        path: ['spec', 'metadata', 'labels'],
        beside: [namespace],
        message: `${entry.namespace} is in an ambient mesh, and Istio before 1.29.6 and 1.30.3 would reach this VM in plain text`,
        fix: 'add the label networking.istio.io/tunnel: http',
      };
    }
  },
};

function ambientNamespace(entry: Entry, ...sets: readonly ObjectSet[]): Entry | undefined {
  return sets
    .flatMap((set) => set.of('Namespace', ''))
    .find(
      ({ name, manifest }) =>
        name === entry.namespace && text(fields(fields(manifest.metadata).labels)[AMBIENT]) === 'ambient',
    );
}
