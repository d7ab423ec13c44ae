import type { Construct } from 'constructs';
import type { Port } from '../config/port';
import * as k8s from '../imports/k8s';

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
 * Written on the plain Kubernetes object: the `Service` of cdk8s-plus knows numeric target ports only.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class Service extends k8s.KubeService {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id, {
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        selector: { app: props.app },
        ports: props.ports.map((port) => ({
          // Istio reads the protocol from the name.
          name: port.name,
          port: port.service,
          // A name, not a number: a WorkloadGroup's ports are found by it, a container's too.
          targetPort: k8s.IntOrString.fromString(port.name),
          protocol: 'TCP',
        })),
      },
    });
  }
}
