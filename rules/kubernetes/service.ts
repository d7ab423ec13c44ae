import { fields, items, text } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from '../broken';
import { portRule, rangeRule } from '../values';
import { isLabelName, isSubdomain, labelRules } from './metadata';
import { portOrNameRule } from './pod';
import { address } from './value-kinds';

/** What the API server refuses of a Service. */
export const serviceRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const ports = items(spec.ports).map(fields);
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName')
    yield { path: ['spec', 'ports'], message: 'there are no ports', fix: 'add one' };
  yield* typeRules(spec);
  for (const [index, { name, port, protocol = 'TCP', targetPort, nodePort }] of ports.entries()) {
    const path = ['spec', 'ports', index];
    yield* portRule(port, [...path, 'port']);
    yield* portOrNameRule(targetPort, [...path, 'targetPort']);
    if (isSet(nodePort) && (spec.type ?? 'ClusterIP') === 'ClusterIP')
      yield {
        path: [...path, 'nodePort'],
        message: 'a Service of type ClusterIP has no nodePort',
        fix: 'remove it, or write type NodePort',
      };
    if (isSet(name) && !isLabelName(String(name)))
      yield {
        path: [...path, 'name'],
        message: `"${name}" cannot be the name of a port`,
        fix: 'use lower case letters, digits and "-", at most 63',
      };
    if (!isSet(name) && ports.length > 1)
      yield {
        path: [...path, 'name'],
        message: 'the port has no name, and there are several',
        fix: 'name each',
      };
    if (isSet(name) && ports.findIndex((other) => other.name === name) !== index)
      yield {
        path: [...path, 'name'],
        message: `two ports have the name ${name}`,
        fix: 'rename one of the two',
      };
    if (ports.findIndex((other) => other.port === port && (other.protocol ?? 'TCP') === protocol) !== index)
      yield {
        path: [...path, 'port'],
        message: `two ports have the number ${port}`,
        fix: 'remove one of the two',
      };
  }
  yield* labelRules(spec.selector, ['spec', 'selector']);
};

/** Fields that Services of some types have. */
const OF_TYPES: Readonly<Record<string, readonly string[]>> = {
  loadBalancerClass: ['LoadBalancer'],
  allocateLoadBalancerNodePorts: ['LoadBalancer'],
  loadBalancerSourceRanges: ['LoadBalancer'],
  externalTrafficPolicy: ['LoadBalancer', 'NodePort'],
};

function* typeRules(spec: Part): Generator<Broken> {
  const type = text(spec.type) || 'ClusterIP';
  for (const [key, types] of Object.entries(OF_TYPES)) {
    const reachable = key === 'externalTrafficPolicy' && isSet(spec.externalIPs);
    const there = key === 'allocateLoadBalancerNodePorts' ? isGiven(spec[key]) : isSet(spec[key]);
    if (there && !types.includes(type) && !reachable)
      yield {
        path: ['spec', key],
        message: `a Service of type ${type} has no ${key}`,
        fix: `remove it, or write type ${types[0]}`,
      };
  }
  const name = text(spec.externalName) ?? '';
  if (type === 'ExternalName' && !isSubdomain(name.replace(/\.$/, '')))
    yield {
      path: ['spec', 'externalName'],
      message: name === '' ? 'externalName is missing' : `"${name}" is no host`,
      fix: 'write a domain name in lower case',
    };
  if (spec.healthCheckNodePort && !(type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'))
    yield {
      path: ['spec', 'healthCheckNodePort'],
      message: 'nobody asks on this port',
      fix: 'remove it, or write externalTrafficPolicy: Local',
    };
  const { timeoutSeconds } = fields(fields(spec.sessionAffinityConfig).clientIP);
  if (spec.sessionAffinity === 'ClientIP')
    yield* rangeRule(timeoutSeconds, 1, 86400, [
      'spec',
      'sessionAffinityConfig',
      'clientIP',
      'timeoutSeconds',
    ]);
  yield* addressRules(spec, type);
}

function* addressRules({ clusterIP, clusterIPs }: Part, type: string): Generator<Broken> {
  const given = [
    ...(isSet(clusterIP) ? [['clusterIP', clusterIP] as const] : []),
    ...items(clusterIPs).map((one) => ['clusterIPs', one] as const),
  ];
  if (type === 'ExternalName' && given.length > 0)
    yield {
      path: ['spec', given[0]?.[0] ?? 'clusterIP'],
      message: 'a Service of type ExternalName has no address',
      fix: 'remove it',
    };
  for (const [key, value] of type === 'ExternalName' ? [] : given)
    if (value !== 'None' && !address.is(String(value)))
      yield {
        path: ['spec', key],
        message: `"${value}" is not ${address.what}`,
        fix: 'remove it, or write None',
      };
  if (isSet(clusterIPs) && isSet(clusterIP) && items(clusterIPs)[0] !== clusterIP)
    yield { path: ['spec', 'clusterIPs'], message: 'the first is not clusterIP', fix: 'remove clusterIPs' };
}
