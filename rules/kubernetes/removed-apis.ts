import type { Manifest } from '../../manifests/manifest';
import type { Broken } from '../broken';

/** API versions that clusters no longer serve: the release that removed them, and what is there instead. */
const REMOVED: readonly [kinds: string, apiVersion: string, release: string, instead: string][] = [
  ['Deployment DaemonSet ReplicaSet', 'extensions/v1beta1', '1.16', 'apps/v1'],
  ['Deployment StatefulSet', 'apps/v1beta1', '1.16', 'apps/v1'],
  ['Deployment StatefulSet DaemonSet ReplicaSet', 'apps/v1beta2', '1.16', 'apps/v1'],
  ['NetworkPolicy', 'extensions/v1beta1', '1.16', 'networking.k8s.io/v1'],
  ['Ingress', 'extensions/v1beta1', '1.22', 'networking.k8s.io/v1'],
  ['Ingress IngressClass', 'networking.k8s.io/v1beta1', '1.22', 'networking.k8s.io/v1'],
  [
    'Role RoleBinding ClusterRole ClusterRoleBinding',
    'rbac.authorization.k8s.io/v1beta1',
    '1.22',
    'rbac.authorization.k8s.io/v1',
  ],
  [
    'Role RoleBinding ClusterRole ClusterRoleBinding',
    'rbac.authorization.k8s.io/v1alpha1',
    '1.22',
    'rbac.authorization.k8s.io/v1',
  ],
  ['CustomResourceDefinition', 'apiextensions.k8s.io/v1beta1', '1.22', 'apiextensions.k8s.io/v1'],
  [
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1beta1',
    '1.22',
    'admissionregistration.k8s.io/v1',
  ],
  ['PriorityClass', 'scheduling.k8s.io/v1beta1', '1.22', 'scheduling.k8s.io/v1'],
  ['StorageClass', 'storage.k8s.io/v1beta1', '1.22', 'storage.k8s.io/v1'],
  ['CronJob', 'batch/v1beta1', '1.25', 'batch/v1'],
  ['EndpointSlice', 'discovery.k8s.io/v1beta1', '1.25', 'discovery.k8s.io/v1'],
  ['HorizontalPodAutoscaler', 'autoscaling/v2beta1', '1.25', 'autoscaling/v2'],
  ['HorizontalPodAutoscaler', 'autoscaling/v2beta2', '1.26', 'autoscaling/v2'],
  ['PodDisruptionBudget', 'policy/v1beta1', '1.25', 'policy/v1'],
];

/** An API version that clusters no longer serve. */
export function* removedApiRules({ apiVersion, kind }: Manifest): Generator<Broken> {
  const removed = REMOVED.find(
    ([kinds, version]) => version === apiVersion && kinds.split(' ').includes(String(kind)),
  );
  if (!removed) return;
  const [, , release, instead] = removed;
  yield {
    path: ['apiVersion'],
    message: `Kubernetes ${release} removed ${apiVersion} of ${kind}`,
    fix: `write ${instead}, whose fields may have other names`,
  };
}
