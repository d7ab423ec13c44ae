import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from '../broken';
import { isAddressOrBlock, portRule } from '../values';
import { isSubdomain } from './metadata';
import { portOrNameRule } from './pod';
import { pathSegment } from './value-kinds';

/** What the API server refuses of an Ingress. */
export const ingressRules: Rules = function* (manifest): Generator<Broken> {
  const { rules, defaultBackend } = fields(manifest.spec);
  if (!isSet(rules) && !isGiven(defaultBackend))
    yield { path: ['spec'], message: 'there are neither rules nor a defaultBackend', fix: 'add one of them' };
  if (isGiven(defaultBackend)) yield* backendRules(fields(defaultBackend), ['spec', 'defaultBackend']);
  for (const [index, item] of items(rules).entries()) {
    const { host, http } = fields(item);
    const path = ['spec', 'rules', index];
    if (typeof host === 'string' && host !== '' && !isSubdomain(host.replace(/^\*\./, '')))
      yield {
        path: [...path, 'host'],
        message: `"${host}" is no host`,
        fix: 'write a domain name, or "*.<domain>"',
      };
    if (isGiven(http) && !isSet(fields(http).paths))
      yield { path: [...path, 'http'], message: 'there are no paths', fix: 'add paths' };
    for (const [number, one] of items(fields(http).paths).entries())
      yield* pathRules(fields(one), [...path, 'http', 'paths', number]);
  }
};

function* pathRules({ path: prefix, pathType, backend }: Part, path: Path): Generator<Broken> {
  if (!isSet(pathType))
    yield { path: [...path, 'pathType'], message: 'pathType is missing', fix: 'write Prefix' };
  const absolute = String(prefix ?? '').startsWith('/');
  if (pathType === 'ImplementationSpecific' ? isSet(prefix) && !absolute : !absolute)
    yield { path: [...path, 'path'], message: `"${prefix ?? ''}" is no path`, fix: 'begin it with "/"' };
  yield* backendRules(fields(backend), [...path, 'backend']);
}

function* backendRules({ service, resource }: Part, path: Path): Generator<Broken> {
  if (isGiven(service) === isGiven(resource)) {
    yield { path, message: 'a backend is a service or a resource', fix: 'keep one of the two' };
    return;
  }
  const group = fields(resource).apiGroup;
  if (isSet(group) && !isSubdomain(String(group)))
    yield {
      path: [...path, 'resource', 'apiGroup'],
      message: `"${group}" is no API group`,
      fix: 'write a domain name in lower case',
    };
  for (const key of isGiven(resource) ? ['kind', 'name'] : [])
    if (!pathSegment.is(String(fields(resource)[key] ?? '/')))
      yield {
        path: [...path, 'resource', key],
        message: `"${fields(resource)[key] ?? ''}" is not ${pathSegment.what}`,
        fix: pathSegment.fix,
      };
  if (!isGiven(service)) return;
  const { name, port } = fields(service);
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(String(name ?? '')))
    yield {
      path: [...path, 'service', 'name'],
      message: `"${name ?? ''}" is no Service`,
      fix: 'name a Service of the namespace',
    };
  const { name: portName, number } = fields(port);
  if (isSet(portName) === isSet(number))
    yield {
      path: [...path, 'service', 'port'],
      message: 'the port has a name or a number',
      fix: 'give one of the two',
    };
  else yield* portOrNameRule(isSet(portName) ? portName : number, [...path, 'service', 'port']);
}

/** What the API server refuses of a NetworkPolicy. */
export const networkPolicyRules: Rules = function* (manifest): Generator<Broken> {
  const { policyTypes, ingress, egress } = fields(manifest.spec);
  if (items(policyTypes).length > 2)
    yield { path: ['spec', 'policyTypes'], message: 'there are more than two types', fix: 'write each once' };
  for (const [key, side, rules] of [
    ['ingress', 'from', ingress],
    ['egress', 'to', egress],
  ] as const)
    for (const [index, item] of items(rules).entries()) {
      const path = ['spec', key, index];
      for (const [number, peer] of items(fields(item)[side]).entries())
        yield* peerRules(fields(peer), [...path, side, number]);
      for (const [number, port] of items(fields(item).ports).entries())
        yield* policyPortRules(fields(port), [...path, 'ports', number]);
    }
};

function* peerRules({ podSelector, namespaceSelector, ipBlock }: Part, path: Path): Generator<Broken> {
  const selects = isGiven(podSelector) || isGiven(namespaceSelector);
  if (selects === isGiven(ipBlock))
    yield { path, message: 'a peer is selected, or an ipBlock', fix: 'keep selectors, or ipBlock' };
  if (!isGiven(ipBlock)) return;
  const { cidr, except } = fields(ipBlock);
  const blocks: [unknown, Path][] = [
    [cidr, [...path, 'ipBlock', 'cidr']],
    ...items(except).map((one, index): [unknown, Path] => [one, [...path, 'ipBlock', 'except', index]]),
  ];
  for (const [block, at] of blocks)
    if (!String(block).includes('/') || !isAddressOrBlock(String(block)))
      yield {
        path: at,
        message: `"${block ?? ''}" is no block of addresses`,
        fix: 'write one such as 10.0.0.0/8',
      };
}

function* policyPortRules({ port, endPort }: Part, path: Path): Generator<Broken> {
  yield* portOrNameRule(port, [...path, 'port']);
  if (!isGiven(endPort)) return;
  yield* portRule(endPort, [...path, 'endPort']);
  if (typeof port !== 'number' || Number(endPort) < port)
    yield {
      path: [...path, 'endPort'],
      message: `endPort ${endPort} is before ${port ?? 'a port that is not given'}`,
      fix: 'give port as a number, and a larger endPort',
    };
}
