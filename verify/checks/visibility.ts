import { fields, items, text } from '../../manifests/manifest';
import type { ManifestProblem } from '../finding';
import type { Entry } from '../object-set';
import { destinationRuleOf, virtualServiceOf } from '../routing';
import type { ManifestCheck } from './check';

const ANNOTATION = 'networking.istio.io/exportTo';

/** A host that a namespace cannot see does not exist for it. */
export const visibleHosts: ManifestCheck = {
  id: 'MF208',
  title: 'every host is exported to the namespaces that route to it',
  istio: ['IST0101'],
  needs: 'files',
  run: function* (objects, context) {
    const hosts = [objects.hosts, context.hosts];
    const hidden = (entry: Entry, host: string) => {
      const declared = hosts.map((known) => known.get(host)).find((known) => known !== undefined);
      return declared && !isExported(declared.entry, entry.namespace) ? declared.entry : undefined;
    };
    for (const entry of objects.istio('VirtualService'))
      for (const { destinations } of virtualServiceOf(entry).routes)
        for (const { host, written, path } of destinations) {
          const owner = hidden(entry, host);
          if (owner) yield problem(entry, [...path, 'host'], written, owner);
        }
    for (const entry of objects.istio('DestinationRule')) {
      const { host, written } = destinationRuleOf(entry);
      const owner = hidden(entry, host);
      if (owner) yield problem(entry, ['spec', 'host'], written, owner);
    }
  },
};

function problem(entry: Entry, path: ManifestProblem['path'], host: string, owner: Entry): ManifestProblem {
  return {
    entry,
    path,
    beside: [owner],
    message: `${owner.label} is not exported to ${entry.namespace}: ${host} does not exist there`,
    fix: `add ${entry.namespace} to what ${owner.label} is exported to`,
  };
}

/** Whether a Service or a ServiceEntry is shown to a namespace. */
function isExported(entry: Entry, namespace: string): boolean {
  const annotation = text(fields(fields(entry.manifest.metadata).annotations)[ANNOTATION]);
  const list =
    entry.kind === 'Service'
      ? (annotation?.split(',').map((one) => one.trim()) ?? [])
      : items(entry.spec.exportTo).map(String);
  const seen = list.map((one) => (one === '.' ? entry.namespace : one));
  return seen.length === 0 || seen.includes('*') || seen.includes(namespace);
}
