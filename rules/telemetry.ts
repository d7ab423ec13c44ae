import { fields, items, type Path } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { celProblem } from './cel';
import { selectorRules, targetRules } from './scope';
import { notNegative, rangeRule } from './values';

/** What istiod's webhook refuses of a Telemetry. */
export const telemetryRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  yield* targetRules(spec);
  for (const key of ['metrics', 'tracing', 'accessLogging'])
    for (const [index, item] of items(spec[key]).entries()) {
      const path = ['spec', key, index];
      yield* providerRules(fields(item), path);
      if (key === 'metrics') yield* metricRules(fields(item), path);
      if (key === 'tracing') yield* tracingRules(fields(item), path);
      if (key === 'accessLogging') yield* filterRules(fields(item), path);
    }
};

/** What istiod's webhook refuses of a ProxyConfig. */
export const proxyConfigRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  yield* selectorRules(fields(spec.selector).matchLabels, ['spec', 'selector', 'matchLabels']);
  yield* notNegative(spec, 'concurrency', ['spec']);
};

function* providerRules({ providers }: Part, path: Path): Generator<Broken> {
  for (const [index, provider] of items(providers).entries())
    if (!isSet(fields(provider).name))
      yield { path: [...path, 'providers', index], message: 'the provider has no name', fix: 'add name' };
}

function* metricRules({ overrides }: Part, path: Path): Generator<Broken> {
  for (const [index, item] of items(overrides).entries()) {
    const { tagOverrides, match } = fields(item);
    const at = [...path, 'overrides', index];
    for (const [name, value] of Object.entries(fields(tagOverrides))) {
      const { operation = 'UPSERT', value: text } = fields(value);
      if (operation === 'UPSERT' && !isSet(text))
        yield { path: [...at, 'tagOverrides', name], message: 'UPSERT has no value', fix: 'add value' };
      if (operation === 'REMOVE' && isSet(text))
        yield {
          path: [...at, 'tagOverrides', name, 'value'],
          message: 'REMOVE takes no value',
          fix: 'remove it',
        };
    }
    if (fields(match).customMetric === '')
      yield {
        path: [...at, 'match', 'customMetric'],
        message: 'the metric has no name',
        fix: 'name a metric',
      };
  }
}

function* tracingRules(tracing: Part, path: Path): Generator<Broken> {
  yield* rangeRule(tracing.randomSamplingPercentage, 0, 100, [...path, 'randomSamplingPercentage']);
  for (const [name, value] of Object.entries(fields(tracing.customTags))) {
    const { literal, header, environment } = fields(value);
    const at = [...path, 'customTags', name];
    if (name === '') yield { path: at, message: 'the tag has no name', fix: 'name it' };
    if (isGiven(literal) && !isSet(fields(literal).value))
      yield { path: [...at, 'literal'], message: 'the tag has no value', fix: 'add value' };
    for (const [key, source] of Object.entries({ header, environment }))
      if (isGiven(source) && !isSet(fields(source).name))
        yield { path: [...at, key], message: `the ${key} has no name`, fix: 'add name' };
  }
}

function* filterRules({ filter }: Part, path: Path): Generator<Broken> {
  if (!isGiven(filter)) return;
  const problem = celProblem(String(fields(filter).expression ?? ''));
  if (problem)
    yield {
      path: [...path, 'filter', 'expression'],
      message: `the expression is no CEL: ${problem}`,
      fix: 'correct it, by https://cel.dev',
    };
}
