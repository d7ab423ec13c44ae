import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { TrafficPolicy } from '../config/schema/istio';
import type { DestinationRuleSpec } from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';
import { networkingApi } from './api-version';
import type { IstioObjectProps } from './istio-object-props';
import { hostPolicy, subsetPolicy } from './traffic-policy';

/** Properties of a {@link DestinationRule}. */
export interface DestinationRuleProps extends IstioObjectProps {
  /** The Service, by its full DNS name. */
  readonly host: string;
  /**
   * The sides of the host.
   *
   * @default - none: it is one side, or nothing tells its sides apart
   */
  readonly subsets?: readonly Subset[];
  /**
   * Policy of the host; what it leaves open of `connectionPool` and `outlierDetection` is filled in.
   *
   * @default - a connectTimeout of 1500ms, and outlier detection by three failed connections in a row
   */
  readonly trafficPolicy?: TrafficPolicy;
  /**
   * The version that gets everything while it lives; the others take over when it dies. Needs Istio 1.18 or later.
   *
   * @default - none: no side is preferred
   * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/#LocalityLoadBalancerSetting
   */
  readonly prefer?: string;
}

/** A side of a host. */
export interface Subset {
  /** Its `version` label, and the name of the subset. */
  readonly version: string;
  /**
   * Its own policy. Each part of it replaces the host's.
   *
   * @default - the host's
   */
  readonly trafficPolicy?: TrafficPolicy;
}

/**
 * A DestinationRule: names the sides of a host as subsets, and keeps a machine that vanished from costing more than a
 * moment.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/
 */
export class DestinationRule extends ApiObject {
  constructor(scope: Construct, id: string, props: DestinationRuleProps) {
    const { subsets = [] } = props;
    super(scope, id, {
      apiVersion: networkingApi(props.istio),
      kind: 'DestinationRule',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        host: props.host,
        ...(subsets.length > 0 && {
          subsets: subsets.map(({ version, trafficPolicy }) => ({
            name: version,
            labels: { version },
            ...(trafficPolicy && { trafficPolicy: subsetPolicy(trafficPolicy) }),
          })),
        }),
        trafficPolicy: hostPolicy(props.trafficPolicy, props.prefer),
      } satisfies Plain<DestinationRuleSpec>,
    });
  }
}
