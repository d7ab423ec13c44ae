import { fields, type Path } from '../manifests/manifest';
import { type Broken, isSet, type Part } from './broken';
import { isMatchableHeader } from './headers';
import { isDnsLabel, labelRules } from './names';
import { gatewayNameRules } from './scope';
import { stringMatchRules } from './string-match';
import { portRule } from './values';

/** Conditions of an HTTP route. */
export function* httpMatchRules(match: Part, path: Path): Generator<Broken> {
  for (const [name, condition] of Object.entries(fields(match.headers))) {
    yield* nameRule(name, [...path, 'headers', name]);
    yield* stringMatchRules(condition, [...path, 'headers', name]);
  }
  for (const [name, condition] of Object.entries(fields(match.withoutHeaders))) {
    yield* nameRule(name, [...path, 'withoutHeaders', name]);
    // "*" is no expression, but Istio takes it as "whatever the value".
    if (fields(condition).regex !== '*')
      yield* stringMatchRules(condition, [...path, 'withoutHeaders', name]);
  }
  yield* stringMatchRules(match.uri, [...path, 'uri'], { uri: true });
  for (const key of ['scheme', 'method', 'authority']) yield* stringMatchRules(match[key], [...path, key]);
  for (const [name, condition] of Object.entries(fields(match.queryParams)))
    yield* stringMatchRules(condition, [...path, 'queryParams', name]);
  if (isSet(match.port)) yield* portRule(match.port, [...path, 'port']);
  yield* labelRules(match.sourceLabels, [...path, 'sourceLabels']);
  yield* gatewayNameRules(match.gateways, [...path, 'gateways']);
  const namespace = match.sourceNamespace;
  if (typeof namespace === 'string' && namespace !== '' && !isDnsLabel(namespace))
    yield {
      path: [...path, 'sourceNamespace'],
      message: `"${namespace}" is no namespace`,
      fix: 'write the name of a namespace',
    };
}

function* nameRule(name: string, path: Path): Generator<Broken> {
  if (!isMatchableHeader(name))
    yield { path, message: `"${name}" is no name of a header`, fix: 'write the name as it is in requests' };
}
