import { fields, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, type Part } from '../broken';

/** How pods are replaced: values of rollingUpdate are for that type alone. */
export function* strategyRules(strategy: Part, path: Path): Generator<Broken> {
  const { type, rollingUpdate } = strategy;
  const rolls = ['RollingUpdate', '', undefined].includes(type as string | undefined);
  if (isGiven(rollingUpdate) && !rolls)
    yield {
      path: [...path, 'rollingUpdate'],
      message: `${type} has no rollingUpdate`,
      fix: 'remove it, or write type: RollingUpdate',
    };
  yield* rollingRules(strategy, path);
}

/** How many pods are replaced at a time. */
export function* rollingRules({ rollingUpdate }: Part, path: Path): Generator<Broken> {
  if (!isGiven(rollingUpdate)) return;
  const { maxSurge, maxUnavailable } = fields(rollingUpdate);
  for (const [key, value] of Object.entries({ maxSurge, maxUnavailable }))
    if (isGiven(value) && !isAmount(value))
      yield {
        path: [...path, 'rollingUpdate', key],
        message: `${JSON.stringify(value)} is neither a number nor a percentage`,
        fix: 'write 1 or "25%"',
      };
  if (isZero(maxSurge) && isZero(maxUnavailable))
    yield {
      path: [...path, 'rollingUpdate'],
      message: 'maxSurge and maxUnavailable are both 0: no pod could be replaced',
      fix: 'raise one of them',
    };
}

/** A StatefulSet deletes its pods itself, or waits for somebody to. */
export function* statefulStrategyRules(strategy: Part, path: Path): Generator<Broken> {
  if (strategy.type === 'Recreate')
    yield {
      path: [...path, 'type'],
      message: 'a StatefulSet has no Recreate',
      fix: 'use RollingUpdate or OnDelete',
    };
  yield* strategyRules(strategy, path);
}

/** A number that is not negative, or a percentage up to 100. */
export function isAmount(value: unknown): boolean {
  return typeof value === 'string' ? /^(\d\d?|100)%$/.test(value) : typeof value === 'number' && value >= 0;
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0%';
}
