import { fields, items, type Path } from '../manifests/manifest';
import { type Broken, isSet, type Part } from './broken';
import { destinationsRules } from './destination';
import { isSubsetOf, labelRules, wildcardDomainProblem } from './names';
import { gatewayNameRules } from './scope';
import { isAddress, isAddressOrBlock, portRule } from './values';
import { type Binding, gatewayHostProblem } from './virtual-service-host';

/** A TLS route: by server name. */
export function* tlsRouteRules(route: Part, path: Path, binding: Binding): Generator<Broken> {
  if (!isSet(route.match))
    yield { path, message: 'the route has no match', fix: 'add a match with sniHosts' };
  for (const [index, item] of items(route.match).entries()) {
    const at = [...path, 'match', index];
    yield* l4MatchRules(fields(item), at);
    if (!isSet(fields(item).sniHosts))
      yield { path: at, message: 'the match names no server', fix: 'add sniHosts' };
    for (const [number, host] of items(fields(item).sniHosts).map(String).entries())
      yield* sniHostRule(host, [...at, 'sniHosts', number], binding);
  }
  yield* routeRules(route, path);
}

/** A TCP route. */
export function* tcpRouteRules(route: Part, path: Path): Generator<Broken> {
  for (const [index, item] of items(route.match).entries())
    yield* l4MatchRules(fields(item), [...path, 'match', index]);
  yield* routeRules(route, path);
}

function* routeRules(route: Part, path: Path): Generator<Broken> {
  if (!isSet(route.route))
    yield { path, message: 'the route leads nowhere', fix: 'add route with a destination' };
  yield* destinationsRules(route.route, [...path, 'route']);
}

function* l4MatchRules(match: Part, path: Path): Generator<Broken> {
  for (const [index, subnet] of items(match.destinationSubnets).map(String).entries())
    if (!isAddressOrBlock(subnet))
      yield {
        path: [...path, 'destinationSubnets', index],
        message: `"${subnet}" is no IP address and no block of them`,
        fix: 'write an address, or a block such as 10.0.0.0/8',
      };
  if (isSet(match.port)) yield* portRule(match.port, [...path, 'port']);
  yield* labelRules(match.sourceLabels, [...path, 'sourceLabels']);
  yield* gatewayNameRules(match.gateways, [...path, 'gateways']);
}

function* sniHostRule(host: string, path: Path, { hosts, gatewayOnly }: Binding): Generator<Broken> {
  const problem = gatewayOnly ? gatewayHostProblem(host, true) : wildcardDomainProblem(host);
  if (problem) {
    if (!isAddress(host))
      yield {
        path,
        message: `the server name "${host}" ${problem}`,
        fix: 'write a domain name, or "*.<domain>"',
      };
    return;
  }
  if (!hosts.some((wider) => isSubsetOf(host, wider)))
    yield {
      path,
      message: `the server name ${host} is none of the hosts of the VirtualService`,
      fix: `use one of ${hosts.join(', ')}, or add the host`,
    };
}
