import { fields, items, selects, texts } from '../../manifests/manifest';
import type { Entry, ObjectSet } from '../object-set';
import type { ManifestCheck } from './check';

/** A server of a Gateway, as far as it decides where requests arrive. */
interface Server {
  readonly gateway: Entry;
  readonly index: number;
  readonly port: number;
  readonly bind: string;
  readonly hosts: readonly string[];
}

/** Of two gateways that list one host on one port, Envoy follows one. */
export const oneGatewayForAHost: ManifestCheck = {
  id: 'MF209',
  title: 'one Gateway lists a host on a port of the same proxies',
  istio: ['IST0145'],
  needs: 'files',
  run: function* (objects, context) {
    const known = new Map<string, Server[]>();
    const judged = new Set(objects.istio('Gateway'));
    for (const server of [...context.istio('Gateway'), ...judged].flatMap(serversOf)) {
      const { gateway, index, port, bind, hosts } = server;
      for (const host of hosts) {
        const key = [port, bind, host].join(' ');
        const others = known.get(key) ?? [];
        known.set(key, [...others, server]);
        const other = others.find((one) => one.gateway.key !== gateway.key && shareProxies(one, server));
        if (other && judged.has(gateway))
          yield {
            entry: gateway,
            path: ['spec', 'servers', index, 'hosts'],
            beside: [other.gateway],
            message: `${other.gateway.label} lists ${host} on port ${port} of the same proxies too: one of the two is ignored`,
            fix: 'list the host in one Gateway, or select other proxies',
          };
      }
    }
  },
};

/** Whether the proxies of one of two gateways are surely among those of the other. */
function shareProxies({ gateway: one }: Server, { gateway: other }: Server): boolean {
  const [first, second] = [texts(one.spec.selector), texts(other.spec.selector)];
  return selects(first, second) || selects(second, first);
}

/** A Gateway without proxies listens nowhere, and one without its Secret answers no handshake. */
export const gatewayProxies: ManifestCheck = {
  id: 'MF214',
  title: 'a Gateway has proxies, and the Secrets that it names lie beside them',
  istio: ['IST0101'],
  needs: 'cluster',
  run: function* (objects, context) {
    const secrets = new Set([objects, context].flatMap(({ entries }) => entries.flatMap(secretOf)));
    for (const gateway of objects.istio('Gateway')) {
      const selector = texts(gateway.spec.selector);
      const proxies = [objects, context].flatMap((set) =>
        set.workloads.filter(({ labels }) => selects(selector, labels)),
      );
      if (proxies.length === 0)
        yield {
          entry: gateway,
          path: ['spec', 'selector'],
          message: 'the selector selects no proxies',
          fix: 'give it the labels of the gateway that is meant',
        };
      const namespaces = [...new Set(proxies.map(({ namespace }) => namespace))];
      for (const [index, server] of items(gateway.spec.servers).entries()) {
        const name = fields(fields(server).tls).credentialName;
        if (typeof name !== 'string' || name === '' || name.includes('://')) continue;
        const missing = namespaces.filter((namespace) => !secrets.has(`${namespace}/${name}`));
        if (missing.length > 0)
          yield {
            entry: gateway,
            path: ['spec', 'servers', index, 'tls', 'credentialName'],
            beside: proxies.map(({ entry }) => entry),
            message: `there is no Secret ${name} in ${missing.join(', ')}, where the proxies run`,
            fix: 'declare it there, or correct the name',
          };
      }
    }
  },
};

/** The Secret that an object is, or that a controller makes of it. */
function secretOf({ kind, name, namespace, spec }: Entry): string[] {
  const target = {
    Secret: name,
    SealedSecret: name,
    ExternalSecret: fields(spec.target).name ?? name,
    Certificate: spec.secretName,
  }[kind];
  return typeof target === 'string' ? [`${namespace}/${target}`] : [];
}

/** What arrives at a Service leaves by its ports alone. */
export const gatewayPorts: ManifestCheck = {
  id: 'MF210',
  title: "the ports of a Gateway are ports of its proxies' Service",
  istio: ['IST0162'],
  needs: 'cluster',
  run: function* (objects, context) {
    for (const server of objects.istio('Gateway').flatMap(serversOf)) {
      const services = servicesOf(server.gateway, objects, context);
      const targets = services.flatMap(targetsOf);
      if (services.length === 0 || targets.includes(server.port)) continue;
      yield {
        entry: server.gateway,
        path: ['spec', 'servers', server.index, 'port', 'number'],
        beside: services,
        message: `no port of ${services.map(({ label }) => label).join(' or ')} leads to ${server.port}: nothing from outside arrives there`,
        fix: `use one of ${targets.join(', ')}, or add a port to the Service`,
      };
    }
  },
};

function serversOf(gateway: Entry): Server[] {
  return items(gateway.spec.servers).map((item, index) => {
    const { port, bind, hosts } = fields(item);
    return {
      gateway,
      index,
      port: Number(fields(port).number),
      bind: String(bind ?? ''),
      hosts: items(hosts).map(String),
    };
  });
}

/** Services whose pods are surely those of a gateway: both select them by the same labels. */
function servicesOf(gateway: Entry, ...sets: readonly ObjectSet[]): Entry[] {
  const wanted = texts(gateway.spec.selector);
  return sets
    .flatMap((set) => set.of('Service', ''))
    .filter(({ spec }) => selects(wanted, texts(spec.selector)));
}

/** Numbers that lead through a Service. Istio takes its ports and what stands behind them; a name says no number. */
function targetsOf({ spec }: Entry): number[] {
  return items(spec.ports).flatMap((item) => {
    const { port, targetPort } = fields(item);
    return [Number(port), ...(typeof targetPort === 'number' && targetPort !== port ? [targetPort] : [])];
  });
}
