import { createHash } from 'node:crypto';

/** Longest that a label's value may be: both controllers label what they apply with this name. */
const LONGEST = 63;

/**
 * Name of an object that syncs a folder: its steps joined by dots, which no name of a migration holds, so that
 * `prod/a-b` and `prod-a/b` do not meet. A name that Kubernetes would not take is shortened and told apart by a digest.
 */
export function syncName(steps: readonly string[]): string {
  const plain = steps.flatMap((step) => step.split('/')).filter(Boolean);
  const name = plain.join('.');
  const valid = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/[.-]{2,}/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  if (valid === name && name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(plain.join('/')).digest('hex').slice(0, 8);
  return `${valid.slice(0, LONGEST - digest.length - 1).replace(/[.-]+$/, '')}-${digest}`;
}
