import { fields, type Manifest, texts } from '../../manifests/manifest';

/** Who applies an object again when it changes, and how that one is made to let go of it. */
export interface Owner {
  /** `Application shop of Argo CD`. */
  readonly name: string;
  /** What keeps the object when its owner no longer has it; none: it stays by itself. */
  readonly keep?: string;
  /** What is done where it is declared today. */
  readonly release: string;
}

/** Labels and annotations by which owners know their objects: the next owner has its own. */
const MARKS =
  /^(argocd\.argoproj\.io|kustomize\.toolkit\.fluxcd\.io|helm\.toolkit\.fluxcd\.io|meta\.helm\.sh)\//;

/** Whether a label or annotation is the mark of an owner. */
export function isMark(key: string): boolean {
  return MARKS.test(key);
}

/** The owner of a live object, by the marks that it leaves. */
export function ownerOf(manifest: Manifest): Owner {
  const metadata = fields(manifest.metadata);
  const labels = texts(metadata.labels);
  const annotations = texts(metadata.annotations);
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  if (tracking !== undefined)
    return {
      name: `Application ${tracking.split(':')[0]} of Argo CD`,
      keep: 'argocd.argoproj.io/sync-options: Prune=false',
      release: 'take it out of the source of that Application',
    };
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  if (kustomization !== undefined)
    return {
      name: `Kustomization ${labels['kustomize.toolkit.fluxcd.io/namespace']}/${kustomization} of Flux`,
      keep: 'kustomize.toolkit.fluxcd.io/prune: disabled',
      release: 'take it out of the path of that Kustomization',
    };
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined)
    return {
      name: `release ${release} of Helm`,
      keep: 'helm.sh/resource-policy: keep',
      release: 'take it out of the chart of that release',
    };
  if (annotations['kubectl.kubernetes.io/last-applied-configuration'] !== undefined)
    return { name: 'kubectl apply', release: 'take it out of the files that are applied' };
  return { name: 'nobody who left a mark', release: 'see to it that nothing creates it again' };
}
