import { fields, text } from '../manifests/manifest';
import type { Broken, Rules } from './broken';

const DRY_RUN = 'istio.io/dry-run';
const RESERVED = [
  'internal.istio.io/webhook-always-reject',
  'internal.istio.io/parents',
  'internal.istio.io/parent-namespace',
];

/** What istiod's webhook refuses of the annotations of any of Istio's kinds. */
export const annotationRules: Rules = function* (manifest): Generator<Broken> {
  const annotations = fields(fields(manifest.metadata).annotations);
  const path = ['metadata', 'annotations'];
  for (const key of RESERVED)
    if (key in annotations)
      yield { path: [...path, key], message: `${key} is set by istiod alone`, fix: 'remove it' };
  const dryRun = text(annotations[DRY_RUN]);
  if (dryRun === undefined) return;
  const at = [...path, DRY_RUN];
  const action = fields(manifest.spec).action ?? 'ALLOW';
  if (manifest.kind !== 'AuthorizationPolicy')
    yield { path: at, message: 'only an AuthorizationPolicy can be tried out', fix: 'remove it' };
  else if (action !== 'ALLOW' && action !== 'DENY')
    yield { path: at, message: `${action} cannot be tried out`, fix: 'remove it, or write ALLOW or DENY' };
  else if (
    !['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'].includes(dryRun)
  )
    yield { path: at, message: `"${dryRun}" is neither true nor false`, fix: 'write "true" or "false"' };
};
