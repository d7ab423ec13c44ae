import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Port } from '../config/port';
import type { KubernetesSide } from '../config/resolve';
import * as k8s from '../imports/k8s';
import { podTemplate } from './pod';
import { Service } from './service';

/** Properties of a {@link Workload}. */
export interface WorkloadProps {
  /**
   * Namespace of the objects.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;
  /** The Deployment or StatefulSet and its pods, as a migration's `kubernetes` section declares them. */
  readonly pods: KubernetesSide;
  /** Ports of the service. */
  readonly ports: readonly Port[];
  /**
   * Version of Kubernetes: from 1.30 on a stopping pod needs no `sleep` in its image.
   *
   * @default - not known
   */
  readonly kubernetes?: string;
}

/**
 * The side that takes over: a Deployment or a StatefulSet and, where declared, its PodDisruptionBudget and
 * HorizontalPodAutoscaler.
 *
 * Written in Kubernetes' own words, so that a declared field reaches the cluster as it is. The `Deployment` of cdk8s-plus
 * adds a hash label to the pods and a security context to pod and container that no prop turns off, rounds memory to
 * mebibytes, and takes one pull secret; it has no PodDisruptionBudget, and its HorizontalPodAutoscaler replaces
 * Kubernetes' scaling behaviour with its own.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/
 */
export class Workload extends Construct {
  /** The Deployment or StatefulSet. */
  readonly controller: ApiObject;
  /** The headless Service of a StatefulSet, which gives each of its pods a name. */
  readonly podNames?: Service;
  /** The PodDisruptionBudget, where one is declared. */
  readonly disruptionBudget?: k8s.KubePodDisruptionBudget;
  /** The HorizontalPodAutoscaler, where one is declared. */
  readonly autoscaler?: k8s.KubeHorizontalPodAutoscalerV2;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    const { namespace, pods, ports } = props;
    const { name, podNames, labels, disruptionBudget, autoscaling } = pods;
    // A selector can never change: labels that a user adds later stay out of it.
    const selector = { matchLabels: labels };

    this.controller = new ApiObject(this, 'controller', {
      apiVersion: 'apps/v1',
      kind: pods.kind,
      metadata: { name, namespace, labels },
      spec: {
        // The autoscaler's to set: a number here would undo its decision at every sync.
        replicas: autoscaling ? undefined : pods.replicas,
        minReadySeconds: pods.minReadySeconds,
        revisionHistoryLimit: pods.revisionHistoryLimit,
        selector,
        ...(pods.kind === 'StatefulSet' ? statefulSetSpec(pods) : deploymentSpec(pods)),
        template: podTemplate(props),
      },
    });
    if (pods.kind === 'StatefulSet') {
      this.podNames = new Service(this, 'pod-names', {
        name: podNames,
        namespace,
        selector: labels,
        ports,
        spec: { clusterIP: 'None' },
      });
    }
    if (disruptionBudget) this.disruptionBudget = this.addDisruptionBudget(disruptionBudget, props, selector);
    if (autoscaling) this.autoscaler = this.addAutoscaler(autoscaling, props);
  }

  /** @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
  private addDisruptionBudget(
    { minAvailable, maxUnavailable }: NonNullable<KubernetesSide['disruptionBudget']>,
    { pods, namespace }: WorkloadProps,
    selector: k8s.LabelSelector,
  ): k8s.KubePodDisruptionBudget {
    return new k8s.KubePodDisruptionBudget(this, 'disruption-budget', {
      metadata: { name: pods.name, namespace },
      spec: {
        selector,
        minAvailable: minAvailable === undefined ? undefined : countOrPercent(minAvailable),
        maxUnavailable: maxUnavailable === undefined ? undefined : countOrPercent(maxUnavailable),
      },
    });
  }

  /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
  private addAutoscaler(
    { minReplicas, maxReplicas, cpuPercent }: NonNullable<KubernetesSide['autoscaling']>,
    { pods, namespace }: WorkloadProps,
  ): k8s.KubeHorizontalPodAutoscalerV2 {
    return new k8s.KubeHorizontalPodAutoscalerV2(this, 'autoscaler', {
      metadata: { name: pods.name, namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: pods.kind, name: pods.name },
        minReplicas,
        maxReplicas,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } },
          },
        ],
      },
    });
  }
}

/** A pod goes only when another is ready in its place, even where there is but one. */
const ONE_MORE_FIRST = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

function deploymentSpec({ strategy = ONE_MORE_FIRST, progressDeadlineSeconds }: KubernetesSide) {
  return { progressDeadlineSeconds, strategy };
}

function statefulSetSpec(pods: KubernetesSide) {
  return {
    serviceName: pods.podNames,
    podManagementPolicy: pods.podManagementPolicy,
    updateStrategy: pods.updateStrategy,
    persistentVolumeClaimRetentionPolicy: pods.persistentVolumeClaimRetentionPolicy,
    volumeClaimTemplates: pods.volumeClaimTemplates.length > 0 ? pods.volumeClaimTemplates : undefined,
  };
}

/** A number of pods, or a percentage of them. */
function countOrPercent(value: number | string): k8s.IntOrString {
  return typeof value === 'number' ? k8s.IntOrString.fromNumber(value) : k8s.IntOrString.fromString(value);
}
