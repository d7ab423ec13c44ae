import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { grpcRouteRules } from '../../config/gateway-api/route-rules';
import type { GrpcRouteSpec } from '../../imports/gateway.networking.k8s.io';
import type { Plain } from '../../imports/plain';
import type { HttpRouteProps } from './http-route';
import { backendRefs, parentRefs, refuse } from './route-props';

/**
 * A GRPCRoute for one port of a Service: sends its calls to the sides' Services by weight.
 *
 * @see https://gateway-api.sigs.k8s.io/api-types/grpcroute/
 */
export class GrpcRoute extends ApiObject {
  constructor(scope: Construct, id: string, props: HttpRouteProps) {
    const rules = grpcRouteRules(props.port, props.rules ?? []);
    refuse('GRPCRoute', props.name, rules.refusals);
    super(scope, id, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GRPCRoute',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        parentRefs: parentRefs(props),
        ...(props.hostnames && { hostnames: props.hostnames }),
        rules: rules.value.map(({ matches, ...rule }) => {
          // A rule without conditions is for every call; a match without any would be invalid.
          const conditions = matches.filter((match) => Object.keys(match).length > 0);
          return {
            ...rule,
            ...(conditions.length === matches.length && { matches: conditions }),
            backendRefs: backendRefs(props),
          };
        }),
      } satisfies Plain<GrpcRouteSpec>,
    });
  }
}
