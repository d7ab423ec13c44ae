import { goPart } from './go-part';

/** The release that parts/kubernetes/go.mod pins: its binaries are told what they are only at link time. */
const KUBERNETES = 'v1.34.4';
const [major, minor] = KUBERNETES.slice(1).split('.') as [string, string];
const kubernetesVariables = {
  'k8s.io/component-base/version.gitVersion': KUBERNETES,
  'k8s.io/component-base/version.gitMajor': major,
  'k8s.io/component-base/version.gitMinor': minor,
  'k8s.io/client-go/pkg/version.gitVersion': KUBERNETES,
};

/** The client: the only piece of Kubernetes that a kind cluster does not bring itself. */
export const kubectl = goPart({
  name: 'kubectl',
  seconds: 100,
  module: 'kubernetes',
  builds: [{ packages: ['k8s.io/kubernetes/cmd/kubectl'], variables: kubernetesVariables }],
});

/** The servers of a one-node cluster. */
export const kubernetes = goPart({
  name: 'kubernetes',
  seconds: 270,
  builds: [
    {
      packages: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'].map(
        (name) => `k8s.io/kubernetes/cmd/${name}`,
      ),
      variables: kubernetesVariables,
    },
  ],
});

/** The cluster's DNS server. */
export const coredns = goPart({
  name: 'coredns',
  seconds: 60,
  builds: [{ packages: ['github.com/coredns/coredns'] }],
});

/** How Istio builds istiod. The others take the same tags: 400 packages of Envoy's API are then compiled once. */
const ISTIO_TAGS = 'vtprotobuf,disable_pgv';

/** istiod, the agent beside every Envoy, istioctl, and the charts and packaging files of the same source. */
export const istio = goPart({
  name: 'istio',
  seconds: 170,
  builds: [
    {
      packages: ['istio.io/istio/pilot/cmd/pilot-discovery', 'istio.io/istio/istioctl/cmd/istioctl'],
      tags: ISTIO_TAGS,
    },
    { packages: ['istio.io/istio/pilot/cmd/pilot-agent'], tags: `agent,${ISTIO_TAGS}` },
  ],
  files: { module: 'istio.io/istio', paths: ['manifests', 'tools/packaging'] },
});

/** Flux's controller that applies folders of a repository, and its CRDs. */
export const flux = goPart({
  name: 'flux',
  seconds: 60,
  builds: [{ packages: ['github.com/fluxcd/kustomize-controller'] }],
  files: { module: 'github.com/fluxcd/kustomize-controller', paths: ['config/crd/bases'] },
});

/** Flux's controller that reads repositories, and its CRDs. */
export const fluxSource = goPart({
  name: 'flux-source',
  seconds: 60,
  builds: [{ packages: ['github.com/fluxcd/source-controller'] }],
  files: { module: 'github.com/fluxcd/source-controller', paths: ['config/crd/bases'] },
});

/** All of Argo CD in one binary, which goes by ARGOCD_BINARY_NAME, and its CRDs. */
export const argocd = goPart({
  name: 'argocd',
  seconds: 360,
  builds: [{ packages: ['github.com/argoproj/argo-cd/v3/cmd'] }],
  files: { module: 'github.com/argoproj/argo-cd/v3', paths: ['manifests/crds'] },
});
