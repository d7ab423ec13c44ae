import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { httpRouteRules } from '../../config/gateway-api/route-rules';
import type { Rule } from '../../config/schema/schema';
import type { HttpRouteSpec } from '../../imports/gateway.networking.k8s.io';
import type { Plain } from '../../imports/plain';
import { backendRefs, parentRefs, type RouteProps, refuse } from './route-props';

/** Properties of an {@link HttpRoute}. */
export interface HttpRouteProps extends RouteProps {
  /**
   * Rules of the host, first match wins. One that the Gateway API would try in another order is an error.
   *
   * @default - none
   */
  readonly rules?: readonly Rule[];
  /**
   * Host names that callers outside use; only a Gateway tells requests apart by them.
   *
   * @default - every host of the parents
   */
  readonly hostnames?: readonly string[];
}

/**
 * An HTTPRoute for one port of a Service: sends its requests to the sides' Services by weight. The weights are in every
 * rule, so that no rule escapes a shift.
 *
 * @see https://gateway-api.sigs.k8s.io/api-types/httproute/
 */
export class HttpRoute extends ApiObject {
  constructor(scope: Construct, id: string, props: HttpRouteProps) {
    const rules = httpRouteRules(props.port, props.rules ?? []);
    refuse('HTTPRoute', props.name, rules.refusals);
    super(scope, id, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        parentRefs: parentRefs(props),
        ...(props.hostnames && { hostnames: props.hostnames }),
        rules: rules.value.map((rule) => ({ ...rule, backendRefs: backendRefs(props) })),
      } satisfies Plain<HttpRouteSpec>,
    });
  }
}
