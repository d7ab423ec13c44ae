import type { LiveObject } from './cluster';

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

interface Parent {
  readonly controllerName?: string;
  readonly parentRef?: { readonly kind?: string; readonly name?: string };
  readonly conditions?: readonly Condition[];
}

/**
 * What the controllers say of a route of the Gateway API: a version that Istio does not watch gets no status at all, and
 * a parent or backend that is not there gets one that says so.
 *
 * @returns a fault in a few words; none where every parent has accepted it and found what it leads to
 */
export function routeFaults({ kind, metadata, spec, status }: LiveObject): string[] {
  const parents = (status?.parents ?? []) as readonly Parent[];
  const label = `${kind} ${metadata.name}`;
  const refs = (spec?.parentRefs ?? []) as readonly object[];
  if (parents.length < refs.length)
    return [`${label} is taken up by no controller: Istio may not watch this version of ${kind}`];
  return parents.flatMap(({ parentRef, conditions = [] }) =>
    conditions
      .filter(({ type, status: is }) => (type === 'Accepted' || type === 'ResolvedRefs') && is === 'False')
      .map(
        ({ type, message }) =>
          `${label} is ${type === 'Accepted' ? 'not accepted' : 'without what it leads to'} at ${parentRef?.kind ?? 'Gateway'} ${parentRef?.name}: ${message ?? 'no reason is given'}`,
      ),
  );
}
