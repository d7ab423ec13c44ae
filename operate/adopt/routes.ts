import type { MigrationInput } from '../../config';
import { fields, items, type Manifest, text } from '../../manifests/manifest';
import { isNameOf } from './live-host';

type Rules = NonNullable<MigrationInput['rules']>;

/** What is known of the host when its routes are read. */
export interface HostNames {
  readonly name: string;
  readonly namespace: string;
  /** Its ports by number. */
  readonly ports: ReadonlyMap<number, string>;
  /** Which side a subset of its DestinationRule is. */
  readonly sideOf: (subset: string) => 'vm' | 'kubernetes' | undefined;
}

/** What a VirtualService says, in the terms of a migration. */
export interface AdoptedRoutes {
  readonly rules: Rules;
  readonly aliases: readonly string[];
  readonly gateways: NonNullable<MigrationInput['gateways']>;
  /** Shares of the two sides in percent, where a route names sides. */
  readonly weights?: { readonly vm: number; readonly kubernetes: number };
  /** What does not fit, in words. */
  readonly problems: readonly string[];
}

/** Reads a VirtualService of the host. */
export function readRoutes(virtualService: Manifest, host: HostNames): AdoptedRoutes {
  const spec = fields(virtualService.spec);
  const problems: string[] = [];
  const http = items(spec.http).map((route, index) =>
    readRoute(fields(route), `spec.http[${index}]`, host, problems),
  );
  const tcp = items(spec.tcp).map((route, index) =>
    sharesOf(fields(route), `spec.tcp[${index}]`, host, problems),
  );
  const shares = [...http.map(({ weights }) => weights), ...tcp].filter((one) => one !== undefined);
  const different = new Set(shares.map(({ vm, kubernetes }) => `${vm}/${kubernetes}`));
  if (different.size > 1)
    problems.push(
      `its routes have different weights (VM/pods: ${[...different].join(', ')}), and a migration has one for all: those of the first route are taken`,
    );
  const otherHosts = items(spec.hosts)
    .map(String)
    .filter((one) => !isNameOf(one, host.name, host.namespace));
  const names = items(spec.gateways).map(String);
  const outside = names.filter((name) => name !== 'mesh');
  if (outside.length > 0 && !names.includes('mesh'))
    problems.push('it is for gateways alone; a migration routes the sidecars by the same rules');
  return {
    rules: http.flatMap(({ rule }) => rule ?? []),
    // Behind a gateway a name from outside is the gateway's; a sidecar knows it by either.
    aliases: outside.length > 0 ? [] : otherHosts,
    gateways: otherHosts.length > 0 ? outside.map((name) => ({ name, hosts: otherHosts })) : [],
    ...(shares[0] && { weights: shares[0] }),
    problems,
  };
}

interface ReadRoute {
  /** Absent: it is the route of all that no rule takes, which a migration has by itself. */
  readonly rule?: Rules[number];
  readonly weights?: AdoptedRoutes['weights'];
}

/** An http route as a rule: ports by name, and its destination only where that is another host. */
function readRoute(
  route: Readonly<Record<string, unknown>>,
  at: string,
  host: HostNames,
  problems: string[],
): ReadRoute {
  const { match, route: _destinations, mirrorPercent, mirror_percent, ...treatment } = route;
  const conditions = items(match).map(fields);
  const numbers = new Set(conditions.flatMap(({ port }) => (typeof port === 'number' ? [port] : [])));
  const ports = [...numbers].flatMap((number) => host.ports.get(number) ?? []);
  const stripped = conditions.map(({ port: _port, gateways: _gateways, ...rest }) => rest);
  const everything = stripped.length === 0 || stripped.some((one) => Object.keys(one).length === 0);
  const percent = mirrorPercent ?? mirror_percent;
  const weights = sharesOf(route, at, host, problems);
  const elsewhere = leadsToOthers(route, host);
  const rule = {
    ...(ports.length > 0 && { ports }),
    ...(!everything && { match: unique(stripped) }),
    ...treatment,
    ...(percent !== undefined && { mirrorPercentage: { value: percent } }),
    ...(elsewhere && { route: items(route.route) }),
  } as Rules[number];
  const plain = everything && Object.keys(treatment).length === 0 && percent === undefined && !elsewhere;
  return { ...(!plain && { rule }), ...(weights && { weights }) };
}

/** Shares of the sides in a route's destinations; none where it names no side. */
function sharesOf(
  route: Readonly<Record<string, unknown>>,
  at: string,
  host: HostNames,
  problems: string[],
): AdoptedRoutes['weights'] | undefined {
  const all = items(route.route).map(fields);
  const own = all.filter(({ destination }) => isOwn(destination, host));
  if (own.length === 0) return undefined;
  if (own.length < all.length)
    problems.push(
      `${at}.route leads to the host and to others, and a rule leads to one or the other: its share to others is lost`,
    );
  const shares = { vm: 0, kubernetes: 0 };
  let named = false;
  for (const { destination, weight } of own) {
    const subset = text(fields(destination).subset);
    const side = subset === undefined ? undefined : host.sideOf(subset);
    if (subset !== undefined && !side)
      problems.push(`${at}.route names the subset ${subset}, which is neither the VM nor the pods`);
    if (!side) continue;
    named = true;
    shares[side] += typeof weight === 'number' ? weight : own.length === 1 ? 100 : 0;
  }
  const total = shares.vm + shares.kubernetes;
  if (!named || total === 0) return undefined;
  const kubernetes = Math.round((shares.kubernetes / total) * 100);
  return { vm: 100 - kubernetes, kubernetes };
}

function leadsToOthers(route: Readonly<Record<string, unknown>>, host: HostNames): boolean {
  const all = items(route.route).map(fields);
  return all.length > 0 && all.every(({ destination }) => !isOwn(destination, host));
}

function isOwn(destination: unknown, { name, namespace }: HostNames): boolean {
  return isNameOf(text(fields(destination).host) ?? '', name, namespace);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
