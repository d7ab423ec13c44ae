import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Port } from '../config/port';
import { mergeFields } from './merge-fields';

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
  /** Labels that it selects by: the `app` label that both sides carry. */
  readonly selector: Readonly<Record<string, string>>;
  /** Ports of the service. */
  readonly ports: readonly Pick<Port, 'name' | 'service'>[];
  /**
   * Annotations of the Service.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * What else it has, in Kubernetes' own words: merged over the rest, ports by their numbers.
   *
   * @default - nothing
   */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/**
 * A Service that spans virtual machines and pods: it selects by `app` alone, and names its target ports, so that each
 * side may listen on numbers of its own.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class Service extends ApiObject {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    const { name, namespace, annotations = {}, selector, ports, spec = {} } = props;
    const derived = {
      selector,
      ports: ports.map((port) => ({
        // Istio reads the protocol from the name.
        name: port.name,
        port: port.service,
        // A name, not a number: a WorkloadGroup's ports are found by it, a container's too.
        targetPort: port.name,
        protocol: 'TCP',
      })),
    };
    super(scope, id, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: Object.keys(spec).length > 0 ? mergeFields(derived, spec, 'ServiceSpec') : derived,
    });
  }
}
