import { type Facts, nameOf, ofKind } from './facts';
import { holds, type Labels } from './labels';

/** Which connections a workload takes, and who says so. */
export interface MtlsMode {
  readonly mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE';
  /** `PeerAuthentication smm-demo/analytics`; absent: Istio's default. */
  readonly policy?: string;
}

interface PeerAuthentication {
  readonly selector?: { readonly matchLabels?: Labels };
  readonly mtls?: { readonly mode?: string };
  readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: string }>>;
}

/**
 * The mode that is in effect for a workload of the migration's namespace: a policy that selects it, else that of its
 * namespace, else that of the mesh. UNSET inherits.
 *
 * @param port of the workload, whose own mode comes first. @default none
 */
export function effectiveMode(facts: Facts, labels: Labels, port?: number): MtlsMode {
  const { migration, mesh } = facts.loaded;
  const policies = (namespace: string) => ofKind(facts, 'PeerAuthentication', namespace);
  const isSelecting = (spec: PeerAuthentication) => Object.keys(spec.selector?.matchLabels ?? {}).length > 0;
  const narrow = policies(migration.namespace).filter(
    ({ spec = {} }) => isSelecting(spec) && holds(labels, (spec as PeerAuthentication).selector?.matchLabels),
  );
  const wide = [migration.namespace, mesh.namespace].map((namespace) =>
    policies(namespace).filter(({ spec = {} }) => !isSelecting(spec)),
  );
  for (const policy of [narrow, ...wide].flat()) {
    const { mtls, portLevelMtls } = (policy.spec ?? {}) as PeerAuthentication;
    const ofPort = port === undefined ? undefined : portLevelMtls?.[port]?.mode;
    const mode = ofPort && ofPort !== 'UNSET' ? ofPort : mtls?.mode;
    if (mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE')
      return { mode, policy: nameOf(policy) };
  }
  return { mode: 'PERMISSIVE' };
}
