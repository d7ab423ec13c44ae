import { Construct } from 'constructs';
import type { Port } from '../config/port';
import type { KubernetesSide } from '../config/resolve';
import * as k8s from '../imports/k8s';
import { countOrPercent, podSpec } from './pod';

/** Properties of a {@link Workload}. */
export interface WorkloadProps {
  /** Name of the container. */
  readonly container: string;
  /**
   * Namespace of the objects.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;
  /** The `app` label that both sides carry. */
  readonly app: string;
  /** The Deployment and its pods, as a migration's `kubernetes` section declares them. */
  readonly pods: KubernetesSide;
  /** Ports of the service. */
  readonly ports: readonly Port[];
}

/**
 * The side that takes over: a Deployment and, where declared, its PodDisruptionBudget and HorizontalPodAutoscaler.
 *
 * Written on the plain Kubernetes objects. The `Deployment` of cdk8s-plus adds a hash label to the pods and a security
 * context to pod and container that no prop turns off, rounds memory to mebibytes, and takes one pull secret; it has
 * no PodDisruptionBudget, and its HorizontalPodAutoscaler replaces Kubernetes' scaling behaviour with its own.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export class Workload extends Construct {
  /** The Deployment. */
  readonly deployment: k8s.KubeDeployment;
  /** The PodDisruptionBudget, where one is declared. */
  readonly disruptionBudget?: k8s.KubePodDisruptionBudget;
  /** The HorizontalPodAutoscaler, where one is declared. */
  readonly autoscaler?: k8s.KubeHorizontalPodAutoscalerV2;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    const { app, namespace, pods, ports } = props;
    const { name, version, disruptionBudget, autoscaling } = pods;
    // A Deployment's selector can never change: labels that a user adds later stay out of it.
    const selector = { matchLabels: { app, version } };

    this.deployment = new k8s.KubeDeployment(this, 'deployment', {
      metadata: { name, namespace, labels: { app, version } },
      spec: {
        // The autoscaler's to set: a number here would undo its decision at every sync.
        replicas: autoscaling ? undefined : pods.replicas,
        selector,
        // A pod goes only when another is ready in its place, even where there is but one.
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: {
            maxSurge: k8s.IntOrString.fromNumber(1),
            maxUnavailable: k8s.IntOrString.fromNumber(0),
          },
        },
        template: {
          metadata: {
            labels: pods.labels,
            annotations: Object.keys(pods.annotations).length > 0 ? pods.annotations : undefined,
          },
          spec: podSpec(props.container, pods, ports),
        },
      },
    });
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
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: pods.name },
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
