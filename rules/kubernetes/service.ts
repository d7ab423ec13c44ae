import { fields, items } from '../../manifests/manifest';
import { type Broken, isSet, type Rules } from '../broken';
import { portRule } from '../values';
import { isLabelName, labelRules } from './metadata';
import { oneOfRule, portOrNameRule } from './pod';

/** What the API server refuses of a Service. */
export const serviceRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const ports = items(spec.ports).map(fields);
  if (isSet(spec.type))
    yield* oneOfRule(spec.type, ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], ['spec', 'type']);
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName')
    yield { path: ['spec', 'ports'], message: 'there are no ports', fix: 'add one' };
  if (spec.type === 'ExternalName' && !isSet(spec.externalName))
    yield { path: ['spec'], message: 'externalName is missing', fix: 'add it' };
  if (isSet(spec.sessionAffinity))
    yield* oneOfRule(spec.sessionAffinity, ['ClientIP', 'None'], ['spec', 'sessionAffinity']);
  for (const [index, { name, port, protocol = 'TCP', targetPort, nodePort }] of ports.entries()) {
    const path = ['spec', 'ports', index];
    yield* portRule(port, [...path, 'port']);
    if (isSet(protocol)) yield* oneOfRule(protocol, ['TCP', 'UDP', 'SCTP'], [...path, 'protocol']);
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
