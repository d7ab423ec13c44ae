import { fields, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, type Part, type Rules } from '../broken';
import { podRules } from './pod';

/** What the API server refuses of a Job. */
export const jobRules: Rules = (manifest) => jobSpecRules(fields(manifest.spec), ['spec']);

/** What the API server refuses of a CronJob. */
export const cronJobRules: Rules = (manifest) =>
  jobSpecRules(fields(fields(fields(manifest.spec).jobTemplate).spec), ['spec', 'jobTemplate', 'spec']);

function* jobSpecRules(job: Part, path: Path): Generator<Broken> {
  const { template, completionMode, backoffLimitPerIndex, maxFailedIndexes, completions, manualSelector } =
    job;
  const pod = fields(fields(template).spec);
  if (pod.restartPolicy !== 'Never' && pod.restartPolicy !== 'OnFailure')
    yield {
      path: [...path, 'template', 'spec', 'restartPolicy'],
      message: 'the pods of a Job end',
      fix: 'write restartPolicy: Never or OnFailure',
    };
  // Where both are missing, the API server writes 1.
  if (completionMode === 'Indexed' && !isGiven(completions) && isGiven(job.parallelism))
    yield { path: [...path, 'completions'], message: 'an Indexed Job says how many', fix: 'add completions' };
  for (const [key, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes }))
    if (isGiven(value) && completionMode !== 'Indexed')
      yield {
        path: [...path, key],
        message: `${key} is for Indexed Jobs`,
        fix: 'add completionMode: Indexed',
      };
  if (isGiven(maxFailedIndexes) && !isGiven(backoffLimitPerIndex))
    yield {
      path: [...path, 'backoffLimitPerIndex'],
      message: 'maxFailedIndexes stands without it',
      fix: 'add backoffLimitPerIndex',
    };
  if (typeof maxFailedIndexes === 'number' && maxFailedIndexes > Number(completions ?? 0))
    yield {
      path: [...path, 'maxFailedIndexes'],
      message: `maxFailedIndexes is ${maxFailedIndexes}, more than completions`,
      fix: 'lower it',
    };
  if (manualSelector === true && path.length > 1)
    yield {
      path: [...path, 'manualSelector'],
      message: 'a CronJob selects its pods itself',
      fix: 'remove it',
    };
  yield* podRules(pod, [...path, 'template', 'spec']);
}
