import type { Phase } from '../../plan/phase';
import type { Verdict } from '../gate/verdict';
import { columns } from './columns';
import { DETAILS, type Detail, diffMarkdown } from './diff-markdown';
import { code, firstThatFits, table } from './markdown';
import { BAR_HEADING, bar, weightsText } from './plan-picture';
import type { SemanticDiff } from './semantic-diff';

/** What a pull request that moves a migration is about. */
export interface Evidence {
  /** `prod/analytics`. */
  readonly id: string;
  readonly from: Phase;
  readonly to: Phase;
  /** Position of `to` in the plan, from 1, and the phases in it. */
  readonly number: number;
  readonly of: number;
  readonly forward: boolean;
  /** The phase after, where there is one. */
  readonly next?: Phase;
  /** What the gate of the phase that is left says; absent: there was nothing to ask. */
  readonly verdict?: Verdict;
  /** How long `from` has been current, e.g. `26 h`. */
  readonly soaked?: string;
  /** Why a refusal was passed over, in the words of whoever did. */
  readonly despite?: { readonly refusals: readonly string[]; readonly reason: string };
  readonly diff: SemanticDiff;
}

/** `Move prod/analytics to shift-25 (5/12)`. */
export function pullRequestTitle({ id, to, number, of, forward }: Evidence): string {
  return `${forward ? 'Move' : 'Take'} ${id} ${forward ? 'to' : 'back to'} ${to.name} (${number}/${of})`;
}

/** The body: what a reviewer needs to judge the move in a minute. Fits into what forges take. */
export function pullRequestBody(evidence: Evidence): string {
  return firstThatFits(DETAILS.map((detail) => () => body(evidence, detail)));
}

function body(evidence: Evidence, detail: Detail): string {
  return `${[
    summary(evidence),
    chart(evidence),
    despite(evidence),
    gate(evidence),
    `### What merging this changes\n\n${diffMarkdown(evidence.diff, detail)}`,
    after(evidence),
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

function summary({ id, from, to, number, of }: Evidence): string {
  return `**${id}**: ${code(from.name)} → ${code(to.name)}, phase ${number} of ${of}. ${to.summary}`;
}

function chart({ from, to }: Evidence): string {
  const rows = [from, to].map((phase) => [phase.name, bar(phase), weightsText(phase)]);
  return ['```text', ...columns([['', BAR_HEADING, 'weights'], ...rows]), '```'].join('\n');
}

function despite({ despite: passed }: Evidence): string {
  if (!passed) return '';
  const refusals = passed.refusals.map((refusal) => `> - ${refusal.replaceAll('\n', ' ')}`);
  return [
    '> [!WARNING]',
    `> Proposed despite, because: ${passed.reason.replaceAll(/\s+/g, ' ')}`,
    ...refusals,
  ].join('\n');
}

function gate({ from, verdict, soaked }: Evidence): string {
  const soak = soaked ? `${code(from.name)} has been current for ${soaked}.` : '';
  if (!verdict) {
    return `### Gate of ${from.name}: not asked\n\nNeither a cluster nor Prometheus was there to be asked. ${soak}`.trim();
  }
  const words = { go: 'GO', halt: 'HALT', wait: 'WAIT' } as const;
  const rows = verdict.checks.map(({ name, outcome, value, bound, basis = '' }) => [
    words[outcome],
    name,
    value,
    bound,
    basis,
  ]);
  return [
    `### Gate of ${verdict.phase}: ${words[verdict.outcome]}`,
    soak,
    table(['', 'check', 'found', 'bound', 'over'], rows),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function after({ id, from, forward, next }: Evidence): string {
  const lines = [
    next && forward ? `**Next:** ${code(next.name)}. ${next.summary} \`meshferry next ${id}\`` : '',
    forward
      ? `**Undo:** revert the merge, or \`meshferry back ${id}\`, which proposes ${code(from.name)} again.`
      : `**Undo:** revert the merge.`,
  ];
  return lines.filter(Boolean).join('\n\n');
}
