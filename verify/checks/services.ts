import { protocolOf } from '../../config/port';
import { fields, items, text, texts } from '../../manifests/manifest';
import type { Entry, ObjectSet, Workload } from '../object-set';
import { destinationRuleOf, virtualServiceOf } from '../routing';
import type { ManifestCheck } from './check';
import { isOutside } from './mesh-members';

const NO_PROTOCOL = 'no protocol';

/** Names that Istio knows beside those that a VirtualService can route. */
const OTHER_PROTOCOLS = ['udp', 'hbone'];

/** Without a protocol Istio guesses from the first bytes, and waits for them where the server speaks first. */
export const portProtocols: ManifestCheck = {
  id: 'MF301',
  title: 'the ports of a Service in the mesh name their protocol',
  istio: ['IST0118'],
  needs: 'rendering',
  run: function* (objects, context) {
    const routed = routedHosts(objects);
    const injected = new Set([objects, context].flatMap(injectedNames));
    for (const entry of objects.of('Service', '')) {
      const isRouted = routed.has(`${entry.name}.${entry.namespace}.svc`);
      if (!isRouted && !injected.has(entry.namespace)) continue;
      for (const [index, item] of items(entry.spec.ports).entries()) {
        const { name, appProtocol, protocol } = fields(item);
        if (appProtocol !== undefined || protocol === 'UDP' || namesProtocol(text(name) ?? '')) continue;
        yield {
          entry,
          path: ['spec', 'ports', index, 'name'],
          // Istio guesses right where the client speaks first.
          ...(!isRouted && { severity: 'note' as const }),
          message: `port ${text(name) ?? fields(item).port} names no protocol: Istio would have to guess it`,
          fix: 'start the name with http, http2, grpc, tcp, tls, https, mongo, mysql or redis and a "-"',
        };
      }
    }
  },
};

/** Istio cannot tell which of several ports is meant. */
export const destinationPorts: ManifestCheck = {
  id: 'MF302',
  title: 'a destination names its port where the host has several',
  istio: ['IST0112'],
  needs: 'files',
  run: function* (objects, context) {
    for (const entry of objects.istio('VirtualService'))
      for (const { destinations } of virtualServiceOf(entry).routes)
        for (const { host, port, path, written } of destinations) {
          const declared = objects.hosts.get(host) ?? context.hosts.get(host);
          if (!declared) continue;
          const { ports } = declared;
          const beside = [declared.entry];
          const numbers = ports.map(({ number }) => number);
          if (port === undefined && ports.length > 1)
            yield {
              entry,
              path,
              beside,
              message: `${written} has ${ports.length} ports, and the destination names none`,
              fix: `add port.number, one of ${numbers.join(', ')}`,
            };
          else if (port !== undefined && ports.length > 0 && !numbers.includes(port))
            yield {
              entry,
              path: [...path, 'port', 'number'],
              beside,
              message: `${written} has no port ${port}`,
              fix: `use one of ${numbers.join(', ')}`,
            };
        }
  },
};

/** One container port cannot speak two protocols, or stand behind two numbers, for one sidecar. */
export const sharedPorts: ManifestCheck = {
  id: 'MF303',
  title: 'Services of the same pods agree about their ports',
  istio: ['IST0116', 'IST0137'],
  needs: 'files',
  run: function* (objects) {
    const servicesOf = new Map<Workload, Entry[]>();
    for (const service of objects.of('Service', ''))
      for (const workload of objects.select(service.namespace, texts(service.spec.selector)))
        if (workload.side === 'pods' && !isOutside(podOf(workload.entry)))
          servicesOf.set(workload, [...(servicesOf.get(workload) ?? []), service]);
    for (const [workload, services] of servicesOf) {
      const ports = services.flatMap(portsOf);
      for (const [index, one] of ports.entries()) {
        const other = ports
          .slice(0, index)
          .find(({ target, service }) => target === one.target && service !== one.service);
        if (!other || (other.protocol === one.protocol && other.number === one.number)) continue;
        const differs =
          other.protocol === one.protocol
            ? `numbers ${other.number} and ${one.number}`
            : `protocols ${other.protocol} and ${one.protocol}`;
        yield {
          entry: one.service,
          path: ['spec', 'ports', one.index],
          // Two numbers work by themselves, and so do two protocols over HTTP; one that is not told may be the other's.
          ...(areAlike(one.protocol, other.protocol) ? { needs: 'rendering' as const } : {}),
          beside: [other.service, workload.entry],
          message: `${one.service.label} and ${other.service.label} lead to port ${one.target} of ${workload.entry.label} by different ${differs}`,
          fix: 'give the port the same name and number in both Services, or let one Service select other pods',
        };
      }
    }
  },
};

function podOf({ kind, manifest, spec }: Entry) {
  return kind === 'Pod' ? manifest : fields(spec.template);
}

/** Protocols whose requests Istio tells apart itself. */
const OVER_HTTP = /^(http2?|grpc(-web)?|kubernetes\.io\/(h2c|ws))$/i;

function areAlike(one: string, other: string): boolean {
  return (
    one === other || [one, other].includes(NO_PROTOCOL) || (OVER_HTTP.test(one) && OVER_HTTP.test(other))
  );
}

/** An endpoint without the port that a Service names is left out without a word. */
export const targetPorts: ManifestCheck = {
  id: 'MF304',
  title: 'the target ports of a Service exist on its VMs and pods',
  needs: 'files',
  run: function* (objects) {
    for (const service of objects.of('Service', ''))
      for (const workload of objects.select(service.namespace, texts(service.spec.selector)))
        for (const [index, item] of items(service.spec.ports).entries()) {
          const target = fields(item).targetPort;
          if (typeof target !== 'string' || workload.ports.includes(target)) continue;
          const where = workload.side === 'vm' ? 'spec.template.ports' : 'the ports of its containers';
          yield {
            entry: service,
            path: ['spec', 'ports', index, 'targetPort'],
            beside: [workload.entry],
            message: `${workload.entry.label} has no port named ${target}: it would get no requests for ${text(fields(item).name) ?? 'this port'}`,
            fix: `add ${target} to ${where} of ${workload.entry.label}${workload.ports.length > 0 ? `, which has ${workload.ports.join(', ')}` : ''}`,
          };
        }
  },
};

/** Pods of a namespace that does not inject sidecars are not in the mesh. */
export const injectedNamespaces: ManifestCheck = {
  id: 'MF207',
  title: 'namespaces of split hosts inject sidecars',
  istio: ['IST0102'],
  needs: 'rendering',
  run: function* (objects, context) {
    const routed = routedHosts(objects);
    const namespaces = new Set([...routed].map((host) => host.split('.')[1]));
    for (const entry of [...objects.of('Namespace', ''), ...context.of('Namespace', '')]) {
      if (!namespaces.has(entry.name)) continue;
      const labels = texts(fields(entry.manifest.metadata).labels);
      const injects =
        labels['istio-injection'] === 'enabled' ||
        (labels['istio.io/rev'] !== undefined && labels['istio-injection'] !== 'disabled') ||
        labels['istio.io/dataplane-mode'] === 'ambient';
      if (injects) continue;
      yield {
        entry,
        path: ['metadata', 'labels'],
        message:
          'sidecars are not injected here, but a host of this namespace is split: its pods would not be in the mesh',
        fix: 'label the Namespace istio-injection=enabled, or istio.io/rev=<revision>',
      };
    }
  },
};

/** Namespaces whose pods get sidecars. */
function injectedNames(objects: ObjectSet): string[] {
  return objects.of('Namespace', '').flatMap(({ name, manifest }) => {
    const labels = fields(fields(manifest.metadata).labels);
    return labels['istio-injection'] === 'enabled' || labels['istio.io/rev'] !== undefined ? [name] : [];
  });
}

/** Hosts that DestinationRules or VirtualServices are about. */
function routedHosts(objects: ObjectSet): Set<string> {
  return new Set([
    ...objects.istio('DestinationRule').map((entry) => destinationRuleOf(entry).host),
    ...objects
      .istio('VirtualService')
      .flatMap((entry) => virtualServiceOf(entry).routes)
      .flatMap(({ destinations }) => destinations.map(({ host }) => host)),
  ]);
}

function portsOf(service: Entry) {
  return items(service.spec.ports).map((item, index) => {
    const { name, port, targetPort, appProtocol } = fields(item);
    const protocol = text(appProtocol) ?? protocolOf(text(name) ?? '') ?? NO_PROTOCOL;
    return { service, index, protocol, number: port, target: targetPort ?? port };
  });
}

function namesProtocol(name: string): boolean {
  return protocolOf(name) !== undefined || OTHER_PROTOCOLS.includes(name.split('-')[0] ?? '');
}
