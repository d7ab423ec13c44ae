import { IGNORE, suppressionProblems } from '../suppression';
import type { ManifestCheck } from './check';

/** kubectl keeps the last of two equal keys without a word; kustomize, and with it Flux, refuses the file. */
export const repeatedKeys: ManifestCheck = {
  id: 'MF002',
  title: 'every key is written once',
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.entries)
      for (const { path } of entry.source.repeated ?? [])
        yield {
          entry,
          path,
          message: `${String(path.at(-1))} is written twice: kubectl takes the last one, kustomize refuses the file`,
          fix: 'keep one of them, or merge the two',
        };
  },
};

/** A finding that is ignored must say why. */
export function reasonedSuppressions(ids: () => readonly string[]): ManifestCheck {
  return {
    id: 'MF004',
    title: `every line of the annotation ${IGNORE} names a check and gives a reason`,
    needs: 'files',
    run: function* (objects) {
      const known = new Set(ids());
      for (const entry of objects.entries) yield* suppressionProblems(entry, known);
    },
  };
}
