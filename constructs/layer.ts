import type { Migration } from '../config/resolve';
import type { Mesh } from '../config/schema/schema';
import type { Phase } from '../plan/phase';

/** What each layer of a migration is made from. */
export interface LayerProps {
  /** The migration, with every value filled in. */
  readonly migration: Migration;
  /** The Istio installation that it runs on. */
  readonly mesh: Mesh;
  /** The phase that the layer is rendered for. */
  readonly phase: Phase;
}

/** Labels that tell whose an object is. The pods do not carry them: theirs are the user's. */
export function ownerLabels(migration: Pick<Migration, 'name'>): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'meshferry', 'app.kubernetes.io/part-of': migration.name };
}

/** Full DNS name of the Service that clients call. */
export function serviceHost({ service, namespace }: Migration, mesh: Mesh): string {
  return `${service.name}.${namespace}.svc.${mesh.clusterDomain}`;
}
