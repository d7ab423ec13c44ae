import { ApiObject } from 'cdk8s/lib/api-object';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Port } from '../config/port';
import type { Plain } from './plain';

/** Properties of a {@link Service}. */
export interface ServiceProps {
  /** Name of the Service, used as it is. */
  readonly name: string;
  /**
   * Namespace of the Service.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;
  /** The `app` label that both sides carry. */
  readonly app: string;
  /** Ports of the service. */
  readonly ports: readonly Pick<Port, 'name' | 'service'>[];
}

/**
 * A Service that spans virtual machines and pods: it selects by `app` alone, and names its target ports, so that each
 * side may listen on numbers of its own.
 *
 * Not the `Service` of cdk8s-plus-27, which knows numeric target ports only.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class Service extends ApiObject {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        selector: { app: props.app },
        ports: props.ports.map((port) => ({
          // Istio reads the protocol from the name.
          name: port.name,
          port: port.service,
          // A name, not a number: a WorkloadGroup's ports are found by it, a container's too.
          targetPort: port.name,
          protocol: 'TCP',
        })),
      } satisfies Plain<k8s.ServiceSpec>,
    });
  }
}
