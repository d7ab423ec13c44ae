import { fields, items } from '../../manifests/manifest';
import { type Broken, isSet, type Rules } from '../broken';
import { podRules } from './pod';
import { isSelected } from './selector';

/** What the API server refuses of a Deployment, StatefulSet, DaemonSet or ReplicaSet. */
export const workloadRules: Rules = function* (manifest): Generator<Broken> {
  const { selector, template, replicas, volumeClaimTemplates, ...rest } = fields(manifest.spec);
  const { metadata, spec } = fields(template);
  const labels = fields(fields(metadata).labels);
  const asks =
    isSet(Object.keys(fields(fields(selector).matchLabels))) || isSet(fields(selector).matchExpressions);
  if (!asks) yield { path: ['spec', 'selector'], message: 'the selector is empty', fix: 'add matchLabels' };
  else if (!isSelected(fields(selector), labels))
    yield {
      path: ['spec', 'template', 'metadata', 'labels'],
      message: 'the selector does not select the pods of the template',
      fix: 'give the template the labels of spec.selector',
    };
  if (typeof replicas === 'number' && replicas < 0)
    yield { path: ['spec', 'replicas'], message: `replicas is ${replicas}`, fix: 'give 0 or more' };
  const { progressDeadlineSeconds: deadline, minReadySeconds: ready } = rest;
  if (manifest.kind === 'Deployment' && Number(ready ?? 0) >= Number(deadline ?? 600))
    yield {
      path: ['spec', 'progressDeadlineSeconds'],
      message: `progressDeadlineSeconds is ${deadline ?? 600}, not more than minReadySeconds`,
      fix: 'raise it',
    };
  const restart = fields(spec).restartPolicy;
  if (isSet(restart) && restart !== 'Always')
    yield {
      path: ['spec', 'template', 'spec', 'restartPolicy'],
      message: `${restart} is for Jobs`,
      fix: 'remove it',
    };
  const claimed = items(volumeClaimTemplates).map((claim) => String(fields(fields(claim).metadata).name));
  yield* podRules(
    fields(spec),
    ['spec', 'template', 'spec'],
    manifest.kind === 'StatefulSet' ? claimed : undefined,
  );
};
