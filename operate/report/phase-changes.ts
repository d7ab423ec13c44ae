import type { Layers, Manifest } from '../../constructs';

/** Objects that differ between two phases, as `Kind name`. */
export interface PhaseChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What becomes of the objects when a migration moves from one phase to another; from nothing: all are added. */
export function phaseChanges(from: Layers | undefined, to: Layers): PhaseChanges {
  const before = byName(from);
  const after = byName(to);
  const names = (of: ReadonlyMap<string, string>, other: (name: string, text: string) => boolean) =>
    [...of].filter(([name, text]) => other(name, text)).map(([name]) => name);
  return {
    added: names(after, (name) => !before.has(name)),
    changed: names(after, (name, text) => before.has(name) && before.get(name) !== text),
    removed: names(before, (name) => !after.has(name)),
  };
}

function byName(layers: Layers | undefined): Map<string, string> {
  const manifests: readonly Manifest[] = layers ? [...layers.vm, ...layers.workload, ...layers.routing] : [];
  return new Map(
    manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, JSON.stringify(manifest)]),
  );
}
