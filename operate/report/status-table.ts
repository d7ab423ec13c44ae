import { printable } from '../../text/printable';
import type { MigrationState } from '../gate/state';
import { colour } from './colour';
import { columns } from './columns';
import { sparkline } from './sparkline';

const HEAD = ['', 'migration', 'phase', '', 'synced', 'git VM/pods', 'measured', 'VM', 'pods', 'gate', 'for'];
const LONGEST_CELL = 34;

/**
 * States as a table. Migrations that need a person come first, each with the reason. Those that are done and need nobody
 * are only counted.
 *
 * @param now what ages are counted to
 * @param options `shares`: those that pods got over the last hour, in percent, by migration
 */
export function statusTable(
  states: readonly MigrationState[],
  now: Date,
  options: { readonly all?: boolean; readonly shares?: ReadonlyMap<string, readonly number[]> } = {},
): string {
  const shown = options.all ? states : states.filter((state) => !isThrough(state));
  const sorted = [...shown].sort((a, b) => Number(b.attention.length > 0) - Number(a.attention.length > 0));
  const lines = columns([HEAD, ...sorted.map((state) => row(state, now))]);
  const text = sorted.flatMap((state, index) => {
    const line = lines[index + 1] ?? '';
    const why = state.attention.map((reason) => `    ${printable(reason)}`);
    const past = options.shares?.get(state.id) ?? [];
    const shares = past.length > 1 ? [colour.dim(`    pods ${sparkline(past)} last hour`)] : [];
    return state.attention.length > 0 ? [colour.red(line), ...why, ...shares] : [line, ...shares];
  });
  const through = states.length - shown.length;
  const needing = sorted.filter(({ attention }) => attention.length > 0).length;
  const sum = `${states.length} migration${states.length === 1 ? '' : 's'}, ${needing} need${needing === 1 ? 's' : ''} a person`;
  return [
    ...(sorted.length > 0 ? [colour.bold(lines[0] ?? ''), ...text] : []),
    colour.dim(
      through > 0 ? `${sum}; ${through} ${through === 1 ? 'is' : 'are'} through (--all shows more)` : sum,
    ),
  ].join('\n');
}

function isThrough({ number, of, attention }: MigrationState): boolean {
  return number === of && attention.length === 0;
}

function row(state: MigrationState, now: Date): string[] {
  const { id, phase, number, of, synced, declared, measured, vm, pods, verdict, since, attention } = state;
  return [
    attention.length > 0 ? '✖' : verdict.outcome === 'go' ? '✔' : '·',
    id,
    phase,
    `${number}/${of}`,
    synced === undefined ? '?' : synced === null ? 'no phase' : synced === phase ? 'yes' : synced,
    `${declared.vm}/${declared.kubernetes}`,
    measured ? `${measured.vm}/${measured.kubernetes}` : '-',
    vm ?? '-',
    pods ?? '-',
    number === of ? '-' : verdict.outcome.toUpperCase(),
    since ? age(now.getTime() - Date.parse(since)) : '?',
  ].map(shown);
}

function shown(cell: string): string {
  const text = [...printable(cell)];
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1).join('')}…` : text.join('');
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const;

/** The two largest units, as kubectl has them: `3d4h`, `45s`. */
function age(milliseconds: number): string {
  const at = UNITS.findIndex(([size]) => milliseconds >= size);
  if (at === -1) return '0s';
  let rest = milliseconds;
  return UNITS.slice(at, at + 2)
    .map(([size, unit]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count > 0 ? `${count}${unit}` : '';
    })
    .join('');
}
