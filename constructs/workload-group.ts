import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Probe } from '../config/schema/schema';
import type { WorkloadGroupSpec } from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';
import { networkingApi } from './api-version';
import type { IstioObjectProps } from './istio-object-props';

/** Properties of a {@link WorkloadGroup}. */
export interface WorkloadGroupProps extends IstioObjectProps {
  /** Labels of the group and of every machine that registers in it, `app` and `version` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Numbers that the process on the machine listens on, 1 to 65535, by port name. A Service reaches the machine
   * only on ports that are named here as the Service's `targetPort` names them.
   */
  readonly ports: Readonly<Record<string, number>>;
  /**
   * Service account that the machine's workload identity is issued for.
   *
   * @default 'default'
   */
  readonly serviceAccount?: string;
  /**
   * Network of the machine. Where it differs from the pods' network, traffic goes through the expansion gateway.
   *
   * @default - none: Istio takes the machine to be on the network of istiod
   */
  readonly network?: string;
  /**
   * How to tell that the service on the machine answers; an unhealthy machine gets no traffic.
   *
   * @default - none: a connected machine counts as healthy
   */
  readonly probe?: Probe;
  /**
   * Locality of the machine: `region/zone/subzone`.
   *
   * @default - none
   */
  readonly locality?: string;
  /**
   * Annotations of the group, e.g. `proxy.istio.io/config`.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A WorkloadGroup: what a virtual machine is registered as when its agent connects, as a Deployment's template is
 * for pods.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/workload-group/
 */
export class WorkloadGroup extends ApiObject {
  constructor(scope: Construct, id: string, props: WorkloadGroupProps) {
    super(scope, id, {
      apiVersion: networkingApi(props.istio),
      kind: 'WorkloadGroup',
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: props.labels,
        annotations: props.annotations,
      },
      spec: {
        metadata: { labels: props.labels },
        probe: props.probe,
        template: {
          network: props.network,
          locality: props.locality,
          ports: props.ports,
          serviceAccount: props.serviceAccount ?? 'default',
        },
      } satisfies Plain<WorkloadGroupSpec>,
    });
  }
}
