import { printable } from '../../text/printable';
import type { Evidence } from './evidence';

/**
 * The message of a commit that moves a migration. Its trailers are for programs:
 * `git log --format='%(trailers:key=Migration-Phase,valueonly)'`.
 */
export function commitMessage({ id, kind, from, to, number, of, forward, despite }: Evidence): string {
  const { vm, kubernetes } = to.share;
  const way = forward ? `Move ${id} to ${to.name}` : `Take ${id} back to ${to.name}`;
  const subject = kind === 'abort' ? `Abort ${id}: back to ${to.name}` : way;
  return [
    subject,
    '',
    forward ? to.summary : `From ${from.name}. ${to.summary}`,
    '',
    `Migration: ${id}`,
    `Migration-Phase: ${number}/${of}`,
    `Migration-Weights: vm=${vm},kubernetes=${kubernetes}`,
    ...(despite ? [`Migration-Despite: ${printable(despite.reason.replaceAll(/\s+/g, ' '))}`] : []),
    '',
  ].join('\n');
}
