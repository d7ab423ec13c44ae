import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Port } from '../config/port';
import type { ServiceEntrySpec } from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';
import { networkingApi } from './api-version';
import type { IstioObjectProps } from './istio-object-props';

/** Properties of {@link Aliases}. */
export interface AliasesProps extends IstioObjectProps {
  /** DNS names that clients in the mesh use for the service. */
  readonly hosts: readonly string[];
  /** The `app` label that both sides carry. */
  readonly app: string;
  /** Ports of the service, at least one of them http-like. */
  readonly ports: readonly Port[];
}

/**
 * A ServiceEntry that makes further names of a service known to the mesh, so that a {@link VirtualService} can route
 * them: clients keep the name of the virtual machine they call today.
 *
 * It holds the http-like ports only. A request for one of them names its host; a TCP connection does not, and a
 * ServiceEntry without addresses takes every connection to its TCP ports, whoever it is for. Connections to the TCP
 * ports of an alias go where DNS sends them, as before.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/service-entry/
 * @see https://istio.io/latest/docs/reference/config/analysis/ist0134/
 */
export class Aliases extends ApiObject {
  constructor(scope: Construct, id: string, props: AliasesProps) {
    const ports = props.ports.filter((port) => port.routing === 'http');
    if (ports.length === 0) {
      throw new Error(
        `aliases (${props.hosts.join(', ')}) need an http-like port, got ${props.ports.map((port) => port.name).join(', ')}: ` +
          'a TCP connection does not say which name it was made for; leave the aliases out',
      );
    }
    super(scope, id, {
      apiVersion: networkingApi(props.istio),
      kind: 'ServiceEntry',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        hosts: props.hosts,
        location: 'MESH_INTERNAL',
        // The endpoints are those that the selector finds, not what the names resolve to.
        resolution: 'STATIC',
        workloadSelector: { labels: { app: props.app } },
        ports: ports.map((port) => ({
          name: port.name,
          number: port.service,
          protocol: port.protocol.toUpperCase(),
          ...(port.kubernetes !== port.service && { targetPort: port.kubernetes }),
        })),
      } satisfies Plain<ServiceEntrySpec>,
    });
  }
}
