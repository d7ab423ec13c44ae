import { CHECKS } from './checks';
import { ORDER_CHECKS } from './phases';
import { READING_CHECKS } from './read-files';

/** Every id that a finding can have, with what holds where there is none. */
export const ALL_CHECKS: readonly { readonly id: string; readonly title: string }[] = [
  ...READING_CHECKS,
  ...CHECKS,
  ...ORDER_CHECKS,
]
  .map(({ id, title }) => ({ id, title }))
  .sort((one, other) => (one.id < other.id ? -1 : 1));

/** Page of the docs that explains a check. */
export function pageOf(id: string): string {
  return `docs/checks/${id}.md`;
}
