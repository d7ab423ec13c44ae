import { fields, items, type Path } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { domainProblem, portNameRule, wildcardDomainProblem } from './names';
import { namespaceOf } from './namespace';
import { protocolKind, protocolRule } from './protocols';
import { exportToRules, selectorRules } from './scope';
import { isAddressOrBlock, portRule } from './values';
import { endpointRules } from './workload-entry';

/** Protocols that Istio resolves a host for when a request comes. */
const DYNAMIC = ['http', 'tls', 'grpc', 'http2'];
const WAYPOINT = 'istio.io/use-waypoint';

/** What istiod's webhook refuses of a ServiceEntry. */
export const serviceEntryRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const namespace = namespaceOf(manifest);
  yield* selectorRules(fields(spec.workloadSelector).labels, ['spec', 'workloadSelector', 'labels']);
  if (isGiven(spec.workloadSelector) && isSet(spec.endpoints))
    yield {
      path: ['spec', 'endpoints'],
      message: 'workloadSelector and endpoints exclude each other',
      fix: 'remove one of the two',
    };
  yield* hostRules(spec);
  yield* addressRules(spec);
  yield* portRules(spec);
  yield* resolutionRules(spec, fields(fields(manifest.metadata).labels)[WAYPOINT]);
  yield* exportToRules(spec.exportTo, ['spec', 'exportTo'], { namespace, nobody: true });
};

function* hostRules(spec: Part): Generator<Broken> {
  if (!isSet(spec.hosts)) yield { path: ['spec'], message: 'there are no hosts', fix: 'add hosts' };
  for (const [index, host] of items(spec.hosts).map(String).entries()) {
    const problem = host === '*' ? 'stands for every host' : wildcardDomainProblem(host);
    if (problem)
      yield {
        path: ['spec', 'hosts', index],
        message: `the host "${host}" ${problem}`,
        fix: 'write a domain name, or "*.<domain>"',
      };
  }
}

function* addressRules(spec: Part): Generator<Broken> {
  const { resolution = 'NONE' } = spec;
  for (const [index, address] of items(spec.addresses).map(String).entries()) {
    const path = ['spec', 'addresses', index];
    if (!isAddressOrBlock(address))
      yield {
        path,
        message: `"${address}" is no IP address and no block of them`,
        fix: 'write an address, or a block such as 10.0.0.0/8',
      };
    if (address.includes('/') && resolution !== 'NONE' && resolution !== 'STATIC')
      yield {
        path,
        message: `blocks of addresses do not go with resolution ${resolution}`,
        fix: 'write single addresses, or resolution NONE or STATIC',
      };
  }
}

function* portRules(spec: Part): Generator<Broken> {
  const ports = items(spec.ports).map(fields);
  for (const [index, { name, number = 0, protocol, targetPort }] of ports.entries()) {
    const path = ['spec', 'ports', index];
    for (const key of ['name', 'number'])
      if (ports.findIndex((port) => port[key] === ports[index]?.[key]) !== index)
        yield {
          path: [...path, key],
          message: `two ports have the ${key} ${ports[index]?.[key]}`,
          fix: `give each port a ${key} of its own`,
        };
    if (isSet(targetPort)) yield* portRule(targetPort, [...path, 'targetPort']);
    yield* portNameRule(String(name ?? ''), [...path, 'name']);
    if (isSet(protocol)) yield* protocolRule(protocol, [...path, 'protocol']);
    yield* portRule(number, [...path, 'number']);
  }
  if ((spec.resolution ?? 'NONE') === 'NONE' || items(spec.hosts).length < 2) return;
  const raw = ports.findIndex(({ protocol }) => !['http', 'tls'].includes(protocolKind(protocol)));
  if (raw >= 0)
    yield {
      path: ['spec', 'ports', raw, 'protocol'],
      message: 'Istio cannot tell several hosts apart on a port that is neither HTTP nor TLS',
      fix: 'write a ServiceEntry for each host, or name the protocol',
    };
}

function* resolutionRules(spec: Part, waypoint: unknown): Generator<Broken> {
  const { resolution = 'NONE' } = spec;
  const endpoints = items(spec.endpoints).map(fields);
  const options = { ports: items(spec.ports).map((port) => String(fields(port).name)) };
  const path: Path = ['spec', 'endpoints'];
  switch (resolution) {
    case 'NONE':
      if (endpoints.length > 0)
        yield {
          path,
          message: 'endpoints do not go with resolution NONE',
          fix: 'write resolution STATIC or DNS',
        };
      return;
    case 'STATIC':
      for (const [index, endpoint] of endpoints.entries())
        yield* endpointRules(endpoint, [...path, index], { ...options, domains: false, sockets: true });
      return;
    case 'DNS':
    case 'DNS_ROUND_ROBIN': {
      if (endpoints.length === 0) yield* resolvableRules(spec, String(resolution));
      if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1)
        yield {
          path,
          message: `resolution ${resolution} takes one endpoint`,
          fix: 'remove the others, or write DNS',
        };
      for (const [index, endpoint] of endpoints.entries())
        yield* endpointRules(endpoint, [...path, index], { ...options, domains: true, sockets: false });
      return;
    }
    case 'DYNAMIC_DNS':
      yield* dynamicRules(spec, waypoint);
  }
}

function* resolvableRules(spec: Part, resolution: string): Generator<Broken> {
  const hosts = items(spec.hosts).map(String);
  const wrong = hosts.findIndex((host) => domainProblem(host) !== undefined);
  if (wrong >= 0)
    yield {
      path: ['spec', 'hosts', wrong],
      message: `the host "${hosts[wrong]}" cannot be resolved, and there are no endpoints`,
      fix: `write a domain name without "*", add endpoints, or another resolution than ${resolution}`,
    };
}

function* dynamicRules(spec: Part, waypoint: unknown): Generator<Broken> {
  for (const [index, host] of items(spec.hosts).map(String).entries())
    if (!host.startsWith('*'))
      yield {
        path: ['spec', 'hosts', index],
        message: `resolution DYNAMIC_DNS is for wildcards, not for ${host}`,
        fix: 'write "*.<domain>", or resolution DNS',
      };
  for (const key of ['addresses', 'endpoints'])
    if (isSet(spec[key]))
      yield {
        path: ['spec', key],
        message: `${key} do not go with resolution DYNAMIC_DNS`,
        fix: `remove ${key}`,
      };
  for (const [index, item] of items(spec.ports).entries()) {
    const protocol = fields(item).protocol;
    if (!DYNAMIC.includes(String(protocol ?? '').toLowerCase()))
      yield {
        path: ['spec', 'ports', index, 'protocol'],
        message: `the protocol ${protocol ?? 'of the port'} does not go with resolution DYNAMIC_DNS`,
        fix: 'write HTTP, HTTP2, GRPC or TLS',
      };
  }
  if (spec.location === 'MESH_INTERNAL' && isSet(waypoint) && String(waypoint).toLowerCase() !== 'none')
    yield {
      path: ['spec', 'location'],
      message: 'waypoints do not resolve hosts inside of the mesh when a request comes',
      fix: `write MESH_EXTERNAL, or remove the label ${WAYPOINT}`,
    };
}
