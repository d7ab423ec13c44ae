import { fields, items, type Path, text } from '../manifests/manifest';
import type { Broken, Part } from './broken';
import { isSet } from './broken';

const TOPOLOGY = [
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
];

/** Which share of requests goes to which region, or which region stands in for another. */
export function* localityRules(setting: Part, path: Path): Generator<Broken> {
  const { distribute, failover, failoverPriority } = setting;
  if (isSet(distribute) && isSet(failover)) {
    yield { path, message: 'distribute and failover exclude each other', fix: 'remove one of the two' };
    return;
  }
  const priorities = items(failoverPriority).map(String);
  const topology = isSet(failover) ? priorities.find((label) => TOPOLOGY.includes(label)) : undefined;
  if (topology) {
    yield {
      path: [...path, 'failoverPriority'],
      message: `failover already orders by ${topology}`,
      fix: `remove ${topology}, or failover`,
    };
    return;
  }
  for (const [index, item] of items(distribute).entries())
    yield* distributionRules(fields(item), [...path, 'distribute', index]);
  const sources = items(distribute).map((item) => text(fields(item).from) ?? '');
  yield* localitiesRule(sources, [...path, 'distribute']);
  yield* failoverRules(failover, [...path, 'failover']);
}

/** The same with zones that Envoy orders by itself. */
export function* zoneAwareRules(setting: Part, path: Path): Generator<Broken> {
  for (const [index, label] of items(setting.failoverPriority).map(String).entries())
    if (TOPOLOGY.includes(label))
      yield {
        path: [...path, 'failoverPriority', index],
        message: `${label} is ordered by already`,
        fix: 'remove it',
      };
  yield* failoverRules(setting.failover, [...path, 'failover']);
}

function* distributionRules(distribution: Part, path: Path): Generator<Broken> {
  const shares = Object.entries(fields(distribution.to));
  const sum = shares.reduce((total, [, weight]) => total + Number(weight), 0);
  const wrong = shares.find(([, weight]) => Number(weight) <= 0 || Number(weight) > 100);
  if (wrong)
    yield {
      path: [...path, 'to', wrong[0]],
      message: `the weight ${wrong[1]} is not from 1 to 100`,
      fix: 'give a weight from 1 to 100',
    };
  else if (sum !== 100)
    yield {
      path: [...path, 'to'],
      message: `the weights add up to ${sum}, not 100`,
      fix: 'let the weights add up to 100',
    };
  yield* localitiesRule(
    shares.map(([locality]) => locality),
    [...path, 'to'],
  );
}

function* failoverRules(failover: unknown, path: Path): Generator<Broken> {
  for (const [index, item] of items(failover).entries()) {
    const { from = '', to = '' } = fields(item);
    const at = [...path, index];
    if (from === to) yield { path: at, message: `${from} stands in for itself`, fix: 'name another region' };
    if (/[/*]/.test(`${from}${to}`))
      yield {
        path: at,
        message: `${from} and ${to} are not both regions`,
        fix: 'name regions, without "/" and "*"',
      };
  }
}

/** Localities (`region/zone/subzone`, with `*` as the last letter at most) that do not overlap. */
function* localitiesRule(localities: readonly string[], path: Path): Generator<Broken> {
  for (const [index, locality] of localities.entries()) {
    const parts = locality.split('/');
    if (/\*./.test(locality) || parts.slice(0, 3).includes('')) {
      yield {
        path,
        message: `"${locality}" is no locality`,
        fix: 'write region, region/zone or region/zone/*',
      };
      return;
    }
    const other = localities.slice(0, index).find((one) => meet(one, locality));
    if (other !== undefined) {
      yield {
        path,
        message: `the localities ${other} and ${locality} overlap`,
        fix: 'remove one of the two',
      };
      return;
    }
  }
}

function meet(one: string, other: string): boolean {
  const [first, second] = [localityParts(one), localityParts(other)];
  if (one === '*') return true;
  return first.every(
    (part, index) => part === '*' || (second[index] ?? '*') === '*' || part === second[index],
  );
}

/** Region, zone and the rest; a part that is not said stands for all. */
function localityParts(locality: string): [region: string, zone: string, subzone: string] {
  const [region = '', zone = '*', ...rest] = locality.split('/');
  return [region, zone, rest.join('/') || '*'];
}
