import type { Phase } from '../../plan/phase';
import { columns } from './columns';

const WIDTH = 20;

/** Heading of {@link bar}. */
export const BAR_HEADING = `${'VM'.padEnd(WIDTH - 4)}pods`;

/** Who gets the requests: full is the VM's share, light that of the pods. */
export function bar({ share }: Phase): string {
  const full = Math.round((share.vm * WIDTH) / 100);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}

/** The weights of the routes in words. */
export function weightsText({ weights, failover }: Phase): string {
  if (!weights) return failover ? 'none: the VM first' : 'none';
  const sides = [
    weights.vm === undefined ? '' : `VM ${weights.vm}`,
    weights.kubernetes === undefined ? '' : `pods ${weights.kubernetes}`,
  ];
  return sides.filter(Boolean).join(', ');
}

/** A plan as text: a line for each phase, with who gets the requests and what the mesh holds. */
export function planPicture(phases: readonly Phase[]): string {
  const rows = phases.map((phase) => [
    phase.name,
    bar(phase),
    phase.vm ? 'yes' : '-',
    phase.pods ? 'yes' : '-',
    phase.subsets.join(', ') || '-',
    weightsText(phase),
  ]);
  return columns([['phase', BAR_HEADING, 'VM in mesh', 'pods', 'subsets', 'weights'], ...rows]).join('\n');
}
