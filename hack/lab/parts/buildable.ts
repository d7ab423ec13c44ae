import { agentImage, agentPrograms } from './agent';
import { envoy } from './envoy';
import { gatewayCrds } from './gateway-crds';
import { images } from './images';
import type { Part } from './part';
import { argocd, coredns, flux, fluxSource, istio, kubectl, kubernetes } from './pinned';
import { rootFileSystem } from './root-file-system';
import { sidecarPackage } from './sidecar-package';
import { vmStore } from './vm-store';

/** Every part that `lab build PART` knows: those of the lab, and those that only some tests need. */
export const BUILDABLE: readonly Part[] = [
  kubectl,
  kubernetes,
  coredns,
  istio,
  envoy,
  rootFileSystem,
  images,
  vmStore,
  sidecarPackage,
  agentPrograms,
  agentImage,
  flux,
  fluxSource,
  argocd,
  gatewayCrds,
];
