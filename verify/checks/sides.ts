import { fields, selects, texts } from '../../manifests/manifest';
import { looksMistyped } from '../known-names';
import type { Host, ObjectSet, Workload } from '../object-set';
import { type DestinationRule, destinationRuleOf, virtualServiceOf, weightOf } from '../routing';
import type { ManifestCheck } from './check';

/** A subset that finds no endpoint answers with 503; one that nobody asks for yet is waiting. */
export const subsetEndpoints: ManifestCheck = {
  id: 'MF501',
  title: 'every subset selects a VM or pods',
  istio: ['IST0173'],
  needs: 'rendering',
  run: function* (objects, context) {
    const weights = weightsOf(objects);
    for (const entry of objects.istio('DestinationRule')) {
      const rule = destinationRuleOf(entry);
      const candidates = endpointsOf(rule, objects, context);
      const stray = candidates.filter(
        ({ labels }) => !rule.subsets.some((subset) => selects(subset.labels, labels)),
      );
      for (const subset of rule.subsets) {
        if (candidates.some(({ labels, running }) => running && selects(subset.labels, labels))) continue;
        const labels = formatLabels(subset.labels);
        const [mistaken] = stray;
        if (mistaken)
          yield {
            entry,
            path: [...subset.path, 'labels'],
            beside: [mistaken.entry],
            message: `subset ${subset.name} (${labels}) selects nothing, and ${mistaken.entry.label} is in no subset`,
            fix: `make the labels those of ${mistaken.entry.label}: ${formatLabels(mistaken.labels)}`,
          };
        else if ((weights.get(`${rule.host} ${subset.name}`) ?? 0) > 0)
          yield {
            entry,
            path: subset.path,
            needs: 'cluster',
            message: `subset ${subset.name} (${labels}) gets requests, and nothing here carries its labels; taken as pods or VMs that exist in the cluster`,
            fix: 'nothing, if they exist; else add what should serve it',
          };
      }
    }
  },
};

/** What is in two subsets gets the requests of both, what is in none gets no share. */
export const oneSubsetEach: ManifestCheck = {
  id: 'MF502',
  title: 'a VM and the pods beside it are in one subset each, and not the same',
  needs: 'files',
  run: function* (objects, context) {
    for (const rule of objects.istio('DestinationRule').map(destinationRuleOf)) {
      if (rule.subsets.length === 0) continue;
      const candidates = endpointsOf(rule, objects, context);
      const beside = [rule.entry];
      const needs = hostOf(rule, objects, context) ? 'files' : 'rendering';
      const taken = new Map<string, Workload>();
      for (const workload of candidates) {
        const { entry, path, side, labels } = workload;
        const names = rule.subsets.filter((subset) => selects(subset.labels, labels)).map(({ name }) => name);
        const [name] = names;
        if (names.length > 1)
          yield {
            entry,
            path,
            needs,
            beside,
            message: `is in the subsets ${names.join(' and ')} of ${rule.entry.label}: it would get the requests of both`,
            fix: 'give it labels that only one of the subsets asks for',
          };
        else if (name === undefined && candidates.some((one) => one.side !== side))
          yield {
            entry,
            path,
            needs,
            beside,
            message: `is in no subset of ${rule.entry.label}, beside ${side === 'vm' ? 'pods' : 'a VM'} of the same host`,
            fix: `give it the labels of one subset: ${rule.subsets.map((subset) => subset.name).join(', ')}`,
          };
        const other = name === undefined ? undefined : taken.get(name);
        if (name !== undefined && !other) taken.set(name, workload);
        if (other && other.side !== side)
          yield {
            entry,
            path,
            needs,
            beside: [...beside, other.entry],
            message: `is in subset ${name} of ${rule.entry.label}, like ${other.entry.label}: weights could not tell the VM from the pods`,
            fix: 'give the VM and the pods a different version label, and each its subset',
          };
      }
    }
  },
};

/** What no Service selects gets no requests. */
export const selectedByService: ManifestCheck = {
  id: 'MF503',
  title: 'the Service of a host selects the VM and the pods that its subsets name',
  needs: 'rendering',
  run: function* (objects, context) {
    const rules = rulesByNamespace(objects);
    const selected = new Set([...objects.hosts.values()].flatMap((host) => objects.endpoints(host)));
    for (const workload of objects.workloads) {
      if (selected.has(workload)) continue;
      const { entry, path, labels, namespace, side } = workload;
      const named = (rules.get(namespace) ?? []).filter((rule) =>
        rule.subsets.some((subset) => selects(subset.labels, labels)),
      );
      const hosts = named.map((rule) => objects.hosts.get(rule.host) ?? context.hosts.get(rule.host));
      if (hosts.some((host) => !host || selects(host.selector, labels))) continue; // selected, or nobody can tell
      const mistyped = hosts.find((host) =>
        Object.entries(host?.selector ?? {}).some(([key, value]) => looksMistyped(labels[key] ?? '', value)),
      );
      // Version labels are shared by many: pods of another host are no mistake, a VM that nothing selects is one.
      const host = mistyped ?? (side === 'vm' ? hosts[0] : undefined);
      if (!host) continue;
      yield {
        entry,
        path,
        beside: [host.entry],
        message: `${host.entry.label} does not select it, though a DestinationRule has a subset for it: it would get no requests`,
        fix: `give it the labels that the Service selects: ${formatLabels(host.selector)}`,
      };
    }
  },
};

/** An exception made for a VM must not weaken the pods. */
export const permissiveForVmOnly: ManifestCheck = {
  id: 'MF504',
  title: 'a PeerAuthentication that lets plain text in for a VM matches no pods',
  needs: 'files',
  run: function* (objects, context) {
    for (const entry of objects.of('PeerAuthentication', 'security.istio.io')) {
      const mode = fields(entry.spec.mtls).mode;
      if (mode !== 'PERMISSIVE' && mode !== 'DISABLE') continue;
      const selector = texts(fields(entry.spec.selector).matchLabels);
      const matched = [objects, context].flatMap((set) => set.select(entry.namespace, selector));
      const pods = matched.find(({ side }) => side === 'pods');
      if (!pods || !matched.some(({ side }) => side === 'vm')) continue;
      yield {
        entry,
        path: ['spec', 'selector', 'matchLabels'],
        beside: [pods.entry],
        message: `${mode} is meant for a VM but matches ${pods.entry.label} too: its pods would take plain text`,
        fix: "add the VM's version label to the selector",
      };
    }
  },
};

/** What the host's Service selects; where the Service is not here, what carries its name as `app` label. */
function endpointsOf(rule: DestinationRule, objects: ObjectSet, context: ObjectSet): readonly Workload[] {
  const host = hostOf(rule, objects, context);
  if (host) return objects.endpoints(host);
  const [app, namespace] = rule.host.split('.');
  return app && namespace ? objects.select(namespace, { app }) : [];
}

function hostOf(rule: DestinationRule, objects: ObjectSet, context: ObjectSet): Host | undefined {
  return objects.hosts.get(rule.host) ?? context.hosts.get(rule.host);
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** The shares that routes give to subsets, by `<host> <subset>`. */
function weightsOf(objects: ObjectSet): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { routes } of objects.istio('VirtualService').map(virtualServiceOf))
    for (const route of routes)
      for (const destination of route.destinations) {
        const key = `${destination.host} ${destination.subset}`;
        weights.set(key, (weights.get(key) ?? 0) + weightOf(destination, route));
      }
  return weights;
}

/** DestinationRules by the namespace of the Service that they are about. */
function rulesByNamespace(objects: ObjectSet): ReadonlyMap<string, readonly DestinationRule[]> {
  const rules = new Map<string, DestinationRule[]>();
  for (const rule of objects.istio('DestinationRule').map(destinationRuleOf)) {
    const [, namespace, service] = rule.host.split('.');
    if (namespace === undefined || service !== 'svc') continue;
    const known = rules.get(namespace);
    if (known) known.push(rule);
    else rules.set(namespace, [rule]);
  }
  return rules;
}
