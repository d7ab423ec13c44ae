import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import * as k8s from '../imports/k8s';
import type { GatewaySpec, GatewaySpecServers, VirtualServiceSpec } from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';
import { networkingApi } from './api-version';

/** Properties of an {@link ExpansionGateway}. */
export interface ExpansionGatewayProps {
  /** Version of Istio, `1.15` or `1.15.3`: decides the apiVersion. */
  readonly istio: string;
  /**
   * Name of the gateway's objects, its Service among them.
   *
   * @default 'istio-eastwestgateway'
   */
  readonly name?: string;
  /**
   * Namespace of istiod and of the gateway.
   *
   * @default 'istio-system'
   */
  readonly namespace?: string;
  /** The pods' network: istiod's `global.network`. */
  readonly network: string;
  /**
   * Revision of istiod.
   *
   * @default - none: the installation is not revisioned
   */
  readonly revision?: string;
  /**
   * DNS domain of the cluster.
   *
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
}

/** Port by which machines reach istiod. */
const ISTIOD_PORT = 15012;
/** Port by which other networks reach services, told apart by server name. */
const CROSS_NETWORK_PORT = 15443;

/**
 * A mesh-expansion (east-west) gateway: the way in for virtual machines that reach no pod IPs. It passes TLS through,
 * to istiod on port 15012 and to the services of the mesh on port 15443, and holds no certificate of its own, so that
 * its service account needs no rights at all.
 *
 * Its pods are what injection makes of the template `gateway`: the namespace must not be excluded from injection.
 *
 * @see https://istio.io/latest/docs/setup/install/virtual-machine/
 * @see https://istio.io/latest/docs/setup/additional-setup/gateway/
 */
export class ExpansionGateway extends Construct {
  constructor(scope: Construct, id: string, props: ExpansionGatewayProps) {
    super(scope, id);
    const { istio, network, revision, clusterDomain = 'cluster.local' } = props;
    const name = props.name ?? 'istio-eastwestgateway';
    const namespace = props.namespace ?? 'istio-system';
    const selector = { istio: 'eastwestgateway' };
    // Istio finds the gateway of a network by this label.
    const onNetwork = { 'topology.istio.io/network': network };

    new k8s.KubeServiceAccount(this, 'account', { metadata: { name, namespace } });

    new k8s.KubeDeployment(this, 'deployment', {
      metadata: { name, namespace, labels: { ...selector, ...onNetwork } },
      spec: {
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: {
              ...selector,
              ...onNetwork,
              'sidecar.istio.io/inject': 'true',
              ...(revision && { 'istio.io/rev': revision }),
            },
            annotations: { 'inject.istio.io/templates': 'gateway' },
          },
          spec: {
            serviceAccountName: name,
            containers: [
              {
                name: 'istio-proxy',
                // Injection puts the proxy's image here.
                image: 'auto',
                // Endpoints of this network only: it is the way into it, not through it.
                env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }],
              },
            ],
          },
        },
      },
    });

    new k8s.KubeService(this, 'service', {
      metadata: { name, namespace, labels: { ...selector, ...onNetwork } },
      spec: {
        type: 'LoadBalancer',
        selector,
        ports: [
          // First, as load balancers take the first port for their health checks.
          { name: 'status-port', port: 15021, protocol: 'TCP' },
          { name: 'tls', port: CROSS_NETWORK_PORT, protocol: 'TCP' },
          { name: 'tls-istiod', port: ISTIOD_PORT, protocol: 'TCP' },
        ],
      },
    });

    const gateway = (gatewayName: string, server: Plain<GatewaySpecServers>) =>
      new ApiObject(this, gatewayName, {
        apiVersion: networkingApi(istio),
        kind: 'Gateway',
        metadata: { name: gatewayName, namespace },
        spec: { selector, servers: [server] } satisfies Plain<GatewaySpec>,
      });
    gateway(`${name}-cross-network`, {
      port: { name: 'tls', number: CROSS_NETWORK_PORT, protocol: 'TLS' },
      tls: { mode: 'AUTO_PASSTHROUGH' },
      hosts: [`*.${clusterDomain}`],
    });
    const toIstiod = gateway(`${name}-istiod`, {
      port: { name: 'tls-istiod', number: ISTIOD_PORT, protocol: 'TLS' },
      tls: { mode: 'PASSTHROUGH' },
      hosts: ['*'],
    });

    const istiod = revision ? `istiod-${revision}` : 'istiod';
    new ApiObject(this, 'istiod-route', {
      apiVersion: networkingApi(istio),
      kind: 'VirtualService',
      metadata: { name: toIstiod.name, namespace },
      spec: {
        hosts: ['*'],
        gateways: [toIstiod.name],
        tls: [
          {
            match: [{ port: ISTIOD_PORT, sniHosts: ['*'] }],
            route: [
              {
                destination: {
                  host: `${istiod}.${namespace}.svc.${clusterDomain}`,
                  port: { number: ISTIOD_PORT },
                },
              },
            ],
          },
        ],
      } satisfies Plain<VirtualServiceSpec>,
    });
  }
}
