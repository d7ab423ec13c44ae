import { fields, type Manifest, text } from '../../manifests/manifest';
import { label, nameOf } from './live-host';
import { ownerOf } from './owner';

/** One thing to do, in its turn. */
export interface Step {
  /** What is to be done, in a sentence without a full stop. */
  readonly what: string;
  /** The objects that it is about. */
  readonly objects: readonly string[];
}

/**
 * How objects change hands without two owners at any time, and without a request that finds no route: first the old
 * owner learns to leave them, then the layers are synced, then what has another name goes, routes before subsets.
 */
export function handover(live: readonly Manifest[], rendered: readonly Manifest[]): Step[] {
  const steps: Step[] = [];
  const add = (what: string, object: string) => {
    const known = steps.find((step) => step.what === what);
    if (known) (known.objects as string[]).push(object);
    else steps.push({ what, objects: [object] });
  };
  for (const object of live) {
    const { keep, name } = ownerOf(object);
    if (keep !== undefined)
      add(`have ${name} annotate it with ${keep}, and wait until that is synced`, label(object));
  }
  for (const object of live) {
    const { name, release } = ownerOf(object);
    add(`it belongs to ${name}: ${release}`, label(object));
  }
  for (const object of live)
    if (isIn(rendered, object)) add('it is applied over by the sync of the migration', label(object));
  // Of two routes for a host the older one holds: the new ones take over when the old ones go.
  for (const kind of ['VirtualService', 'DestinationRule', 'PeerAuthentication', 'WorkloadGroup'])
    for (const object of live)
      if (object.kind === kind && !isIn(rendered, object))
        add(
          rendered.some((one) => one.kind === kind)
            ? 'delete it after the first sync: what takes its place has another name'
            : 'delete it after the first sync: this phase has none',
          label(object),
        );
  return steps;
}

function isIn(rendered: readonly Manifest[], object: Manifest): boolean {
  return rendered.some(
    (one) =>
      one.kind === object.kind &&
      nameOf(one) === nameOf(object) &&
      text(fields(one.metadata).namespace) === text(fields(object.metadata).namespace),
  );
}
