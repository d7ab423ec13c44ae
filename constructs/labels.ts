/**
 * Labels of everything that a migration renders, apart from what Istio matches on: who made it, and for which
 * migration.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function ownLabels(migration: string): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'meshferry', 'app.kubernetes.io/part-of': migration };
}
