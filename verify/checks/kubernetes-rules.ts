import type { Manifest } from '../../manifests/manifest';
import type { Broken } from '../../rules/broken';
import { brokenKubernetesRules } from '../../rules/kubernetes';
import { metadataRules } from '../../rules/kubernetes/metadata';
import { removedApiRules } from '../../rules/kubernetes/removed-apis';
import type { ManifestCheck } from './check';
import { withoutKnown } from './known-places';

/** A check of each object alone. */
function objectCheck(
  id: string,
  title: string,
  rules: (manifest: Manifest) => Iterable<Broken>,
): ManifestCheck {
  return {
    id,
    title,
    needs: 'files',
    run: function* (objects) {
      for (const entry of objects.entries)
        for (const problem of withoutKnown(entry.manifest, rules(entry.manifest)))
          yield { entry, ...problem };
    },
  };
}

/** What the API server refuses of Kubernetes' own kinds, and of any object's metadata. */
export const KUBERNETES_CHECKS: readonly ManifestCheck[] = [
  objectCheck('MF121', 'names, labels and annotations are what Kubernetes takes', metadataRules),
  objectCheck('MF122', "the API server takes every object of Kubernetes' own kinds", brokenKubernetesRules),
  objectCheck('MF123', 'no object is of a version that Kubernetes removed', removedApiRules),
];
