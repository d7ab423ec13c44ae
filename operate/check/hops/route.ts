import { routingOf } from '../../../config/routing-output';
import type { LiveObject } from '../../gate/cluster';
import { type Facts, hostOf, nameOf, ofKind } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { isExported } from './visibility';

interface Destination {
  readonly destination?: { readonly host?: string; readonly subset?: string };
  readonly weight?: number;
}

interface VirtualService {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly exportTo?: readonly string[];
  readonly http?: readonly { readonly route?: readonly Destination[] }[];
  readonly tcp?: readonly { readonly route?: readonly Destination[] }[];
  readonly tls?: readonly { readonly route?: readonly Destination[] }[];
}

/** Said of the parts that only Istio's own API has. */
export const OTHER_ROUTES = 'it is routed by the Gateway API, whose routes are held against git alone';

/** Whether the route that callers go by leads to subsets that exist. */
export function route(facts: Facts): Look {
  const { loaded, phase, caller } = facts;
  const { migration, mesh } = loaded;
  if (routingOf(migration, mesh) === 'gateway-api') return unknown(OTHER_ROUTES);
  const all = ofKind(facts, 'VirtualService').filter((one) => names(one, one.spec?.hosts, hostOf(loaded)));
  const meshRoutes = all.filter(({ spec }) => isForMesh(spec as VirtualService));
  if (meshRoutes.length > 1)
    return broken(
      `${meshRoutes.map(nameOf).join(' and ')} both route ${hostOf(loaded)}: Istio takes the older one, and ignores the other`,
      'join them in one: declare the rules of the other in the migration (`rules`), and delete it',
    );
  const own = meshRoutes[0];
  if (!own && phase.weights)
    return broken(
      all.length > 0
        ? `${all.map(nameOf).join(', ')} is for gateways alone: callers in the mesh get no weights`
        : `there is no VirtualService for ${hostOf(loaded)}: requests go to VM and pods by the number of their endpoints`,
      'sync the routing layer of the migration; it binds its VirtualService to `mesh`',
    );
  const rules = destinationRules(facts);
  for (const one of [...(own ? [own] : []), ...rules]) {
    const to = (one.spec as VirtualService).exportTo;
    if (
      to &&
      to.length > 0 &&
      typeof caller !== 'string' &&
      !isExported(to, migration.namespace, caller.namespace)
    )
      return broken(
        `exportTo of ${nameOf(one)} keeps it from ${caller.namespace}`,
        `add ${caller.namespace} to it, or remove it`,
      );
  }
  const alias = own && migration.aliases.find((host) => !(own.spec as VirtualService).hosts?.includes(host));
  if (own && alias !== undefined)
    return broken(
      `${nameOf(own)} does not have the alias ${alias} among its hosts: no weight holds for it`,
      'sync the routing layer of the migration',
    );
  const subsets = new Set(
    rules.flatMap(({ spec }) =>
      ((spec?.subsets ?? []) as readonly { readonly name: string }[]).map((subset) => subset.name),
    ),
  );
  const lost =
    own &&
    destinations(own.spec as VirtualService).find(
      ({ destination: { subset } = {}, weight }) =>
        subset !== undefined && weight !== 0 && !subsets.has(subset),
    )?.destination?.subset;
  if (own && lost !== undefined)
    return broken(
      `${nameOf(own)} sends to subset ${lost}, which no DestinationRule of the host has: 503 for its share`,
      `add subset ${lost} to the DestinationRule, or sync the routing layer of the migration`,
    );
  const { vm, kubernetes } = phase.share;
  return good(
    own ? `${nameOf(own)}: VM ${vm} %, pods ${kubernetes} %` : 'no VirtualService, as git declares',
  );
}

function destinations({ http = [], tcp = [], tls = [] }: VirtualService): readonly Destination[] {
  return [...http, ...tcp, ...tls].flatMap((rule) => rule.route ?? []);
}

/** Without gateways it is for the sidecars of the mesh. */
function isForMesh({ gateways }: VirtualService): boolean {
  return gateways === undefined || gateways.length === 0 || gateways.includes('mesh');
}

/** Whether hosts of an object, which may be short names in its own namespace, hold a full one. */
function names({ metadata: { namespace = '' } }: LiveObject, hosts: unknown, full: string): boolean {
  const list = Array.isArray(hosts) ? hosts : [];
  const [service = '', home = ''] = full.split('.');
  const short = [`${service}.${home}`, `${service}.${home}.svc`, ...(namespace === home ? [service] : [])];
  return list.some((host) => host === full || short.includes(String(host)));
}

/** DestinationRules of the migration's host. */
export function destinationRules(facts: Facts): readonly LiveObject[] {
  return ofKind(facts, 'DestinationRule').filter((one) => names(one, [one.spec?.host], hostOf(facts.loaded)));
}
