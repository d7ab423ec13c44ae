import type { Entry } from './object-set';

/**
 * - `together`: both are in the cluster, if one of them is
 * - `unsure`: they may be in two clusters, or two namespaces
 * - `alternatives`: one of them takes the place of the other, such as the manifests of two environments
 */
export type Relation = 'together' | 'unsure' | 'alternatives';

/**
 * Tells which objects of a folder are in one cluster.
 *
 * Files that declare one object twice are alternatives: `prod/web.yaml` and `staging/web.yaml`, `v1.yaml` and `v2.yaml`.
 * So is all that lies in the same two folders.
 */
export class Coexistence {
  /** Union-find over the children of folders: children with one root are alternatives of each other. */
  readonly #roots = new Map<string, string>();

  constructor(entries: readonly Entry[]) {
    const files = new Map<string, Set<string>>();
    for (const { key, source } of entries) {
      if (source.file === undefined) continue;
      const known = files.get(key);
      if (known) known.add(source.file);
      else files.set(key, new Set([source.file]));
    }
    for (const set of files.values()) {
      if (set.size === 1) continue;
      // Sorted, two neighbours part at every folder at which any two files part.
      const sorted = [...set].sort();
      for (const [index, file] of sorted.entries()) {
        const before = sorted[index - 1];
        if (before !== undefined) this.#unite(...parting(before, file));
      }
    }
  }

  of(one: Entry, other: Entry): Relation {
    const [file, second] = [one.source.file, other.source.file];
    if (file === undefined || second === undefined || file === second) return 'together';
    const [left, right] = parting(file, second);
    if (this.#root(left) === this.#root(right)) return 'alternatives';
    return namesNamespace(one) && namesNamespace(other) ? 'together' : 'unsure';
  }

  #unite(left: string, right: string): void {
    this.#roots.set(this.#root(left), this.#root(right));
  }

  #root(child: string): string {
    let root = child;
    for (let up = this.#roots.get(root); up !== undefined && up !== root; up = this.#roots.get(root))
      root = up;
    if (root !== child) this.#roots.set(child, root);
    return root;
  }
}

function namesNamespace({ manifest }: Entry): boolean {
  return (manifest.metadata as { namespace?: unknown } | undefined)?.namespace !== undefined;
}

/** The two children of their nearest common folder in which two files lie. */
function parting(one: string, other: string): [string, string] {
  const [first, second] = [one.split('/'), other.split('/')];
  let depth = 0;
  while (depth < first.length - 1 && first[depth] === second[depth]) depth++;
  return [first.slice(0, depth + 1).join('/'), second.slice(0, depth + 1).join('/')];
}
