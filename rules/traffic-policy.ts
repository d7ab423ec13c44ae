import { fields, items, type Path, text } from '../manifests/manifest';
import type { Broken, Part } from './broken';
import { isGiven, isSet } from './broken';
import { clientTlsRules } from './client-tls';
import { connectionPoolRules } from './connection-pool';
import { loadBalancerRules } from './load-balancer';
import { domainProblem } from './names';
import { durationRule, isAddress, nanoseconds, portRule, rangeRule } from './values';

const PARTS = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'];
const WHOLE = [...PARTS, 'tunnel', 'proxyProtocol', 'retryBudget'];

/** The traffic policy of a DestinationRule, or of one of its subsets. */
export function* trafficPolicyRules(value: unknown, path: Path, namespace: string): Generator<Broken> {
  if (!isGiven(value)) return;
  const policy = fields(value);
  if (!isSet(policy.portLevelSettings) && !WHOLE.some((key) => isGiven(policy[key]))) yield emptyPolicy(path);
  if (isGiven(policy.tunnel) && isGiven(policy.proxyProtocol))
    yield { path, message: 'tunnel and proxyProtocol exclude each other', fix: 'remove one of the two' };
  yield* partRules(policy, path, namespace);
  const { budgetInterval } = fields(policy.retryBudget);
  if (typeof budgetInterval === 'string' && nanoseconds(budgetInterval) === undefined)
    yield {
      path: [...path, 'retryBudget', 'budgetInterval'],
      message: `"${budgetInterval}" is no duration`,
      fix: 'write a number and a unit, such as 500ms or 10s',
    };
  for (const [index, item] of items(policy.portLevelSettings).entries()) {
    const port = fields(item);
    const at = [...path, 'portLevelSettings', index];
    if (!isGiven(port.port)) yield { path: at, message: 'no port is named', fix: 'add port.number' };
    if (!PARTS.some((key) => isGiven(port[key]))) yield emptyPolicy(at);
    yield* partRules(port, at, namespace);
  }
  if (isGiven(policy.tunnel)) yield* tunnelRules(fields(policy.tunnel), [...path, 'tunnel']);
}

function emptyPolicy(path: Path): Broken {
  return { path, message: 'the traffic policy is empty', fix: 'set something in it, or remove it' };
}

function* partRules(policy: Part, path: Path, namespace: string): Generator<Broken> {
  yield* outlierRules(fields(policy.outlierDetection), [...path, 'outlierDetection']);
  yield* connectionPoolRules(policy.connectionPool, [...path, 'connectionPool']);
  yield* loadBalancerRules(fields(policy.loadBalancer), [...path, 'loadBalancer']);
  yield* clientTlsRules(fields(policy.tls), [...path, 'tls'], namespace);
}

function* outlierRules(outlier: Part, path: Path): Generator<Broken> {
  yield* durationRule(outlier.baseEjectionTime, [...path, 'baseEjectionTime']);
  yield* durationRule(outlier.interval, [...path, 'interval']);
  yield* rangeRule(outlier.maxEjectionPercent, 0, 100, [...path, 'maxEjectionPercent']);
  yield* rangeRule(outlier.minHealthPercent, 0, 100, [...path, 'minHealthPercent']);
  if (isSet(outlier.consecutiveLocalOriginFailures) && outlier.splitExternalLocalOriginErrors !== true)
    yield {
      path: [...path, 'consecutiveLocalOriginFailures'],
      message: 'local failures are counted only where they are told from those of the other side',
      fix: 'set splitExternalLocalOriginErrors: true, or remove the field',
    };
}

function* tunnelRules(tunnel: Part, path: Path): Generator<Broken> {
  const { protocol, targetHost, targetPort = 0 } = tunnel;
  if (isSet(protocol) && protocol !== 'CONNECT' && protocol !== 'POST')
    yield {
      path: [...path, 'protocol'],
      message: `${protocol} is no way to tunnel`,
      fix: 'use CONNECT or POST',
    };
  const host = text(targetHost) ?? '';
  const problem = domainProblem(host);
  if (problem && !isAddress(host))
    yield {
      path: [...path, 'targetHost'],
      message: `the target host "${host}" ${problem}`,
      fix: 'give a domain name or an IP address',
    };
  yield* portRule(targetPort, [...path, 'targetPort']);
}
