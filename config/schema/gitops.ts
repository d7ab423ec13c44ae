import * as z from 'zod';
import { duration } from './duration';
import { dnsLabel, dnsName, word } from './scalars';

/** The `gitops` field of `mesh.yaml`: what syncs the rendered layers into the cluster. */

const flux = z
  .strictObject({
    source: dnsName.default('flux-system').describe('Name of the GitRepository that holds the rendering.'),
    namespace: dnsLabel
      .default('flux-system')
      .describe('Namespace of the GitRepository and of the Kustomizations.'),
    interval: duration
      .default('5m')
      .describe('How often each layer is applied again; a change made by hand lives no longer than this.'),
  })
  .describe('One Kustomization of Flux for each layer.');

const argocd = z
  .strictObject({
    repository: word.describe('Address of the repository, as Argo CD knows it.'),
    revision: word.default('HEAD').describe('Branch that is synced.'),
    namespace: dnsLabel.default('argocd').describe('Namespace of Argo CD.'),
    project: dnsName.default('default').describe('AppProject of the Applications.'),
    server: word
      .default('https://kubernetes.default.svc')
      .describe('The cluster that the layers go to, as Argo CD knows it.'),
  })
  .describe('One Application of Argo CD for each layer.');

export const gitopsSchema = z
  .strictObject({
    flux: flux.optional().describe('Sync by Flux. Default: none.'),
    argocd: argocd.optional().describe('Sync by Argo CD. Default: none.'),
    path: z
      .string()
      .regex(/^[^/.][^/]*(\/[^/.][^/]*)*$/, 'must be a path in the repository, such as dist or infra/dist')
      .default('dist')
      .describe('Folder of the rendering in the repository.'),
  })
  .refine(({ flux, argocd }) => (flux === undefined) !== (argocd === undefined), {
    error: 'must hold flux or argocd, one of the two',
  })
  .describe(
    'What syncs the rendering into the cluster; its objects are rendered to dist/<environment>/mesh/. Default: none.',
  );

/** What syncs the rendering, with defaults filled in. */
export type GitOps = Readonly<z.output<typeof gitopsSchema>>;
