import type { Construct } from 'constructs';
import type { Port } from '../../config/port';
import * as k8s from '../../imports/k8s';
import type { Side } from '../../plan/phase';

/** Properties of a {@link SideService}. */
export interface SideServiceProps {
  /** Name of the Service, used as it is. */
  readonly name: string;
  /** Which side it selects. */
  readonly side: Side;
  /** The `app` label that both sides carry. */
  readonly app: string;
  /** The `version` label of this side. */
  readonly version: string;
  /** Ports of the service. */
  readonly ports: readonly Port[];
}

/**
 * The Service of one side, which routes of the Gateway API lead to: they know no subsets of a Service. Nobody is meant
 * to call it.
 *
 * Its target ports are numbers: pods that exist already may have no names for theirs.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class SideService extends k8s.KubeService {
  constructor(scope: Construct, id: string, props: SideServiceProps) {
    super(scope, id, {
      metadata: { name: props.name },
      spec: {
        selector: { app: props.app, version: props.version },
        ports: props.ports.map((port) => ({
          // Istio reads the protocol from the name.
          name: port.name,
          port: port.service,
          targetPort: k8s.IntOrString.fromNumber(port[props.side]),
          protocol: 'TCP',
        })),
      },
    });
  }
}
