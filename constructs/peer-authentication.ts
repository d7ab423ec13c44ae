import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Plain } from '../imports/plain';
import type { PeerAuthenticationSpec } from '../imports/security.istio.io';
import { securityApi } from './api-version';
import type { IstioObjectProps } from './istio-object-props';

/** What a workload accepts: plain text and mTLS, mTLS alone, plain text alone, or what the mesh says. */
export type MtlsMode = 'PERMISSIVE' | 'STRICT' | 'DISABLE' | 'UNSET';

/** Properties of a {@link PeerAuthentication}. */
export interface PeerAuthenticationProps extends IstioObjectProps {
  /**
   * Labels of the workloads it is for. Name `app` and `version` for a virtual machine, so that it never loosens what
   * pods of the same app accept.
   */
  readonly matchLabels: Readonly<Record<string, string>>;
  /**
   * What these workloads accept. PERMISSIVE keeps callers outside the mesh working.
   *
   * @default 'PERMISSIVE'
   */
  readonly mode?: MtlsMode;
}

/**
 * A PeerAuthentication: whether a workload takes plain text, mutual TLS, or both.
 *
 * @see https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export class PeerAuthentication extends ApiObject {
  constructor(scope: Construct, id: string, props: PeerAuthenticationProps) {
    super(scope, id, {
      apiVersion: securityApi(props.istio),
      kind: 'PeerAuthentication',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        mtls: { mode: props.mode ?? 'PERMISSIVE' },
        selector: { matchLabels: props.matchLabels },
      } satisfies Plain<PeerAuthenticationSpec>,
    });
  }
}
