import { fields, items, text } from '../manifests/manifest';
import { type Broken, isSet, type Part, type Rules } from './broken';
import { isClaim } from './headers';
import { httpRouteRules } from './http-route';
import { tcpRouteRules, tlsRouteRules } from './l4-routes';
import { overlaps } from './names';
import { namespaceOf } from './namespace';
import { exportToRules, gatewayNameRules } from './scope';
import { type Binding, hostProblem } from './virtual-service-host';

/** What istiod's webhook refuses of a VirtualService. */
export const virtualServiceRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const { hosts, gateways, http, tls, tcp } = spec;
  const binding = bindingOf(spec);
  const delegate = !isSet(hosts);
  if (delegate)
    for (const key of ['gateways', 'tls', 'tcp'])
      if (isSet(spec[key]))
        yield {
          path: ['spec', key],
          message: `without hosts, another VirtualService delegates to it, and ${key} cannot be set`,
          fix: `add hosts, or remove ${key}`,
        };
  yield* gatewayNameRules(gateways, ['spec', 'gateways']);
  yield* hostRules(binding);
  if (![http, tls, tcp].some(isSet))
    yield { path: ['spec'], message: 'there are no routes', fix: 'add http, tls or tcp routes' };
  for (const [index, route] of items(http).entries()) {
    yield* httpRouteRules(fields(route), ['spec', 'http', index], delegate);
    if (!binding.gatewayOnly) yield* claimRules(fields(route), index);
  }
  for (const [index, route] of items(tls).entries())
    yield* tlsRouteRules(fields(route), ['spec', 'tls', index], binding);
  for (const [index, route] of items(tcp).entries())
    yield* tcpRouteRules(fields(route), ['spec', 'tcp', index]);
  yield* exportToRules(spec.exportTo, ['spec', 'exportTo'], { namespace: namespaceOf(manifest) });
};

function bindingOf(spec: Part): Binding {
  const gateways = items(spec.gateways);
  return {
    hosts: items(spec.hosts).map(String),
    gatewayOnly: gateways.length > 0 && !gateways.includes('mesh'),
    sni: items(spec.tls).some((route) =>
      items(fields(route).match).some((match) => isSet(fields(match).sniHosts)),
    ),
  };
}

function* hostRules(binding: Binding): Generator<Broken> {
  const problems = binding.hosts.map((host) => hostProblem(host, binding));
  for (const [index, problem] of problems.entries())
    if (problem)
      yield {
        path: ['spec', 'hosts', index],
        message: `the host "${binding.hosts[index]}" ${problem}`,
        fix: 'write the name of the Service in full, a domain name, or "*.<domain>"',
      };
  if (problems.some(Boolean)) return;
  for (const [index, host] of binding.hosts.entries()) {
    const other = binding.hosts.slice(0, index).find((one) => overlaps(one, host));
    if (other !== undefined)
      yield {
        path: ['spec', 'hosts', index],
        message: `the hosts ${other} and ${host} overlap`,
        fix: 'remove one of the two',
      };
  }
}

function* claimRules(route: Part, index: number): Generator<Broken> {
  for (const [number, item] of items(route.match).entries())
    for (const key of ['headers', 'withoutHeaders'])
      for (const name of Object.keys(fields(fields(item)[key])))
        if (isClaim(name))
          yield {
            path: ['spec', 'http', index, 'match', number, key, name],
            message: `sidecars cannot route by ${text(name)}: only gateways look into tokens`,
            fix: 'bind the VirtualService to a gateway alone, or remove the condition',
          };
}
