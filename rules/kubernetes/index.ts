import { fields, type Manifest } from '../../manifests/manifest';
import type { Broken, Rules } from '../broken';
import { dataRules } from './data';
import { cronJobRules, jobRules } from './jobs';
import { ingressRules, networkPolicyRules } from './networking';
import { partRules } from './parts';
import { podRules } from './pod';
import { bindingRules, roleRules } from './rbac';
import { autoscalerRules, disruptionRules } from './scaling';
import { serviceRules } from './service';
import { workloadRules } from './workload';

const RULES: ReadonlyMap<string, Rules> = new Map([
  ['v1/Service', serviceRules],
  ['v1/ConfigMap', dataRules],
  ['v1/Secret', dataRules],
  ['v1/Pod', (manifest) => podRules(fields(manifest.spec), ['spec'])],
  ['apps/v1/Deployment', workloadRules],
  ['apps/v1/StatefulSet', workloadRules],
  ['apps/v1/DaemonSet', workloadRules],
  ['apps/v1/ReplicaSet', workloadRules],
  ['autoscaling/v1/HorizontalPodAutoscaler', autoscalerRules],
  ['autoscaling/v2/HorizontalPodAutoscaler', autoscalerRules],
  ['batch/v1/Job', jobRules],
  ['batch/v1/CronJob', cronJobRules],
  ['networking.k8s.io/v1/Ingress', ingressRules],
  ['networking.k8s.io/v1/NetworkPolicy', networkPolicyRules],
  ['rbac.authorization.k8s.io/v1/Role', roleRules],
  ['rbac.authorization.k8s.io/v1/ClusterRole', roleRules],
  ['rbac.authorization.k8s.io/v1/RoleBinding', bindingRules],
  ['rbac.authorization.k8s.io/v1/ClusterRoleBinding', bindingRules],
  ['policy/v1/PodDisruptionBudget', disruptionRules],
]);

/** What the API server would refuse of an object's spec; nothing for a kind without rules here. */
export function* brokenKubernetesRules(manifest: Manifest): Generator<Broken> {
  yield* RULES.get(`${manifest.apiVersion}/${manifest.kind}`)?.(manifest) ?? [];
  yield* partRules(manifest);
}
