import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from '../broken';
import { oneOfRule } from './pod';
import { isAmount } from './strategies';

/** A ReplicationController is the one thing of the core group that can be scaled. */
function isCore({ apiVersion, kind }: Part): boolean {
  return apiVersion === 'v1' && kind === 'ReplicationController';
}

/** What the API server refuses of a HorizontalPodAutoscaler. */
export const autoscalerRules: Rules = function* (manifest): Generator<Broken> {
  const { minReplicas = 1, maxReplicas, scaleTargetRef, metrics } = fields(manifest.spec);
  const path = ['spec'];
  // Kubernetes 1.37 and later scale to nothing, where something else than the pods themselves tells when to start.
  const outside = items(metrics).some((metric) =>
    ['Object', 'External'].includes(String(fields(metric).type)),
  );
  if (Number(minReplicas) < (outside ? 0 : 1))
    yield {
      path: [...path, 'minReplicas'],
      message: `minReplicas is ${minReplicas}${outside ? '' : ', and no metric tells when to start the first pod'}`,
      fix: 'give 1 or more',
    };
  if (typeof maxReplicas === 'number' && maxReplicas < Math.max(1, Number(minReplicas)))
    yield {
      path: [...path, 'maxReplicas'],
      message: `maxReplicas is ${maxReplicas}, less than minReplicas`,
      fix: 'raise it',
    };
  const version = fields(scaleTargetRef).apiVersion;
  if (!/^[^/]+\/[^/]+$/.test(String(version ?? '')) && !isCore(fields(scaleTargetRef)))
    yield {
      path: [...path, 'scaleTargetRef', 'apiVersion'],
      message: `"${version ?? ''}" names no group and version`,
      fix: 'write apps/v1 for a Deployment',
    };
  for (const [index, metric] of items(metrics).entries())
    yield* metricRules(fields(metric), [...path, 'metrics', index]);
};

const METRICS = ['Resource', 'Pods', 'Object', 'External', 'ContainerResource'];

function* metricRules(metric: Part, path: Path): Generator<Broken> {
  yield* oneOfRule(metric.type, METRICS, [...path, 'type']);
  const keys = METRICS.map((type) => `${type[0]?.toLowerCase()}${type.slice(1)}`).filter((key) =>
    isGiven(metric[key]),
  );
  const wanted = `${String(metric.type)[0]?.toLowerCase()}${String(metric.type).slice(1)}`;
  if (METRICS.includes(String(metric.type)) && (keys.length !== 1 || keys[0] !== wanted))
    yield { path, message: `the metric has not ${wanted} alone`, fix: `give ${wanted}, and no other` };
  for (const key of keys) {
    const { target } = fields(metric[key]);
    yield* oneOfRule(
      fields(target).type,
      ['Utilization', 'Value', 'AverageValue'],
      [...path, key, 'target', 'type'],
    );
    const { averageUtilization: amount, averageValue, value } = fields(target);
    const wants = key === 'object' || key === 'external' ? [averageValue, value] : [amount, averageValue];
    if (!wants.some(isSet))
      yield { path: [...path, key, 'target'], message: 'the target has no amount', fix: 'add averageValue' };
    if (typeof amount === 'number' && amount < 1)
      yield {
        path: [...path, key, 'target', 'averageUtilization'],
        message: `the target is ${amount}`,
        fix: 'give 1 or more',
      };
  }
}

/** What the API server refuses of a PodDisruptionBudget. */
export const disruptionRules: Rules = function* (manifest): Generator<Broken> {
  const { minAvailable, maxUnavailable } = fields(manifest.spec);
  if (isGiven(minAvailable) && isGiven(maxUnavailable))
    yield {
      path: ['spec'],
      message: 'minAvailable and maxUnavailable exclude each other',
      fix: 'keep one of them',
    };
  for (const [key, value] of Object.entries({ minAvailable, maxUnavailable }))
    if (isGiven(value) && !isAmount(value))
      yield {
        path: ['spec', key],
        message: `${JSON.stringify(value)} is neither a number nor a percentage`,
        fix: 'write 1 or "50%"',
      };
};
