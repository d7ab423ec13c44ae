import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { TcpRouteSpec } from '../../imports/gateway.networking.k8s.io';
import type { Plain } from '../../imports/plain';
import { tcpRouteApi } from '../api-version';
import { backendRefs, parentRefs, type RouteProps } from './route-props';

/**
 * A TCPRoute for one port of a Service: sends its connections to the sides' Services by weight. Its version is the one
 * that the mesh's Istio watches: any other is ignored without a word.
 *
 * @see https://gateway-api.sigs.k8s.io/guides/tcp/
 */
export class TcpRoute extends ApiObject {
  constructor(scope: Construct, id: string, props: RouteProps) {
    super(scope, id, {
      apiVersion: tcpRouteApi(props.istio),
      kind: 'TCPRoute',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        parentRefs: parentRefs(props),
        rules: [{ backendRefs: backendRefs(props) }],
      } satisfies Plain<TcpRouteSpec>,
    });
  }
}
