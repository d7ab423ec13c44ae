import { printable } from '../../text/printable';
import type { Hop } from './hop';
import { firstBroken } from './walk';

const SIGNS: Readonly<Record<Hop['outcome'], string>> = { good: '✔', broken: '✖', unknown: '·' };
const TITLES = { vm: 'VM', kubernetes: 'pods' } as const;

/** The path, hop by hop, then the first that is broken and its fix. */
export function pathText(hops: readonly Hop[]): string {
  const width = Math.max(...hops.map(({ name }) => name.length));
  const line = ({ name, side, outcome, found }: Hop) =>
    `${side ? '  ' : ''}${SIGNS[outcome]} ${name.padEnd(width)}  ${printable(found)}`;
  const sides = (['vm', 'kubernetes'] as const).filter((side) => hops.some((hop) => hop.side === side));
  const first = firstBroken(hops);
  return [
    ...hops.filter(({ side, name }) => side === undefined && name !== 'git').map(line),
    ...sides.flatMap((side) => [TITLES[side], ...hops.filter((hop) => hop.side === side).map(line)]),
    ...hops.filter(({ name }) => name === 'git').map(line),
    '',
    first ? brokenText(first) : wholeText(hops),
  ].join('\n');
}

function brokenText({ name, side, found, fix = '' }: Hop): string {
  const where = side ? `${TITLES[side]}, ${name}` : name;
  return `✖ ${where}: ${printable(found)}\n  → ${printable(fix)}`;
}

function wholeText(hops: readonly Hop[]): string {
  const unasked = hops.filter(({ outcome }) => outcome === 'unknown');
  return unasked.length === 0
    ? '✔ nothing is broken on the way'
    : `✔ nothing is broken on the way, as far as it was looked at: ${unasked.map(({ name }) => name).join(', ')} was not`;
}
