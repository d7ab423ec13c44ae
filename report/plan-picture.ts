import type { Phase } from '../plan/phase';

const WIDTH = 20;
const HEADINGS = ['phase', `${'VM'.padEnd(WIDTH - 4)}pods`, 'VM in mesh', 'pods', 'subsets', 'weights'];

/**
 * A plan as text: a line for each phase, with who gets the requests as a bar (full: the VM, light: the pods), and
 * what the mesh holds.
 */
export function planPicture(phases: readonly Phase[]): string {
  const rows = phases.map((phase) => [
    phase.name,
    bar(phase.share.vm),
    phase.vm ? 'yes' : '-',
    phase.pods ? 'yes' : '-',
    phase.subsets.join(', ') || '-',
    weights(phase),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [HEADINGS, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function bar(vm: number): string {
  const full = Math.round((vm * WIDTH) / 100);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}

function weights({ weights: declared, failover }: Phase): string {
  if (!declared) return failover ? 'none: the VM first' : 'none';
  const sides = [
    declared.vm === undefined ? '' : `VM ${declared.vm}`,
    declared.kubernetes === undefined ? '' : `pods ${declared.kubernetes}`,
  ];
  return sides.filter(Boolean).join(', ');
}
