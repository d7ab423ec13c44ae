import type { Move } from './move';

/**
 * The message of a commit that moves a migration. Its trailers are for programs:
 * `git log --format='%(trailers:key=Migration-Phase,valueonly)'`.
 *
 * @param despite why a refusal was passed over
 */
export function commitMessage(id: string, { from, to, number, of, forward }: Move, despite?: string): string {
  const { vm, kubernetes } = to.share;
  return [
    forward ? `Move ${id} to ${to.name}` : `Take ${id} back to ${to.name}`,
    '',
    forward ? to.summary : `From ${from.name}. ${to.summary}`,
    '',
    `Migration: ${id}`,
    `Migration-Phase: ${number}/${of}`,
    `Migration-Weights: vm=${vm},kubernetes=${kubernetes}`,
    ...(despite ? [`Migration-Despite: ${despite.replaceAll(/\s+/g, ' ')}`] : []),
    '',
  ].join('\n');
}
