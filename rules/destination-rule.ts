import { fields, items, text } from '../manifests/manifest';
import { type Broken, isGiven, type Rules } from './broken';
import { isDnsLabel, labelRules, wildcardDomainProblem } from './names';
import { namespaceOf } from './namespace';
import { exportToRules, selectorRules } from './scope';
import { trafficPolicyRules } from './traffic-policy';

/** What istiod's webhook refuses of a DestinationRule. */
export const destinationRuleRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const namespace = namespaceOf(manifest);
  const host = text(spec.host) ?? '';
  const problem = wildcardDomainProblem(host);
  if (problem)
    yield {
      path: ['spec', 'host'],
      message: `the host "${host}" ${problem}`,
      fix: 'write the name of the Service in full, or a domain name',
    };
  yield* trafficPolicyRules(spec.trafficPolicy, ['spec', 'trafficPolicy'], namespace);
  const names = items(spec.subsets).map((subset) => text(fields(subset).name) ?? '');
  for (const [index, item] of items(spec.subsets).entries()) {
    const path = ['spec', 'subsets', index];
    const name = names[index] ?? '';
    const subset = fields(item);
    if (names.indexOf(name) !== index)
      yield {
        path: [...path, 'name'],
        message: `there are two subsets ${name}`,
        fix: 'rename one, or remove it',
      };
    if (!isDnsLabel(name))
      yield {
        path: [...path, 'name'],
        message: `"${name}" cannot be the name of a subset`,
        fix: 'use letters, digits and "-", at most 63',
      };
    yield* labelRules(subset.labels, [...path, 'labels']);
    yield* trafficPolicyRules(subset.trafficPolicy, [...path, 'trafficPolicy'], namespace);
  }
  const ownOnly = isGiven(spec.workloadSelector);
  yield* exportToRules(spec.exportTo, ['spec', 'exportTo'], { namespace, ownOnly });
  yield* selectorRules(fields(spec.workloadSelector).matchLabels, [
    'spec',
    'workloadSelector',
    'matchLabels',
  ]);
};
