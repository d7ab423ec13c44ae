import { age, sinceWords } from '../gate/since';
import type { Describe, Evidence, PullRequestText } from '../promote/evidence';
import { columns } from './columns';
import { DETAILS, type Detail, diffMarkdown } from './diff-markdown';
import { firstThatFits, join, type Markdown, md, ours, table } from './markdown';
import { BAR_HEADING, bar, weightsText } from './plan-picture';
import { readRendering } from './rendering';
import { type SemanticDiff, semanticDiff } from './semantic-diff';

/** Describes a move for its reviewers: what leads to it, and what merging it changes in the clusters. */
export const describeMove: Describe = (dist) => {
  const before = readRendering(dist);
  return (evidence) => pullRequestText(evidence, semanticDiff(before, readRendering(dist)));
};

/**
 * Title and body of a pull request that moves a migration. The body holds what a reviewer needs to judge the move in a
 * minute, and fits into what forges take.
 *
 * @param now what ages are counted to
 */
export function pullRequestText(
  evidence: Evidence,
  diff: SemanticDiff,
  now: Date = new Date(),
): PullRequestText {
  return {
    title: titleOf(evidence),
    body: firstThatFits(DETAILS.map((detail) => () => body(evidence, diff, detail, now))),
  };
}

/** `Move prod/shop to shift-25 (5/12)`. Forges take titles as plain text. */
function titleOf({ id, kind, to, number, of, forward }: Evidence): string {
  const place = `${to.name} (${number}/${of})`;
  if (kind === 'abort') return `Abort ${id}: back to ${place}`;
  return forward ? `Move ${id} to ${place}` : `Take ${id} back to ${place}`;
}

function body(evidence: Evidence, diff: SemanticDiff, detail: Detail, now: Date): Markdown {
  const parts = [
    abort(evidence),
    summary(evidence),
    chart(evidence),
    despite(evidence),
    gate(evidence, now),
    md`### What merging this changes\n\n${diffMarkdown(diff, detail)}`,
    after(evidence),
  ];
  return md`${join(parts, '\n\n')}\n`;
}

const NOTHING = ours('');

function abort({ kind, from, to }: Evidence): Markdown {
  if (kind !== 'abort') return NOTHING;
  const side = to.share.vm === 100 ? 'the VM' : 'the pods that served before';
  return md`> [!CAUTION]\n> This is an **abort**: once merged and synced, ${ours(side)} gets every request again. ${from.name} is given up; the way on starts from ${to.name}.`;
}

function summary({ id, from, to, number, of }: Evidence): Markdown {
  return md`**${id}**: ${from.name} → ${to.name}, phase ${number} of ${of}. ${ours(to.summary)}`;
}

/** Names of phases, bars and weights: all of them of the program's own making. */
function chart({ from, to }: Evidence): Markdown {
  const rows = [from, to].map((phase) => [phase.name, bar(phase), weightsText(phase)]);
  return ours(['```text', ...columns([['', BAR_HEADING, 'weights'], ...rows]), '```'].join('\n'));
}

function despite({ despite: passed }: Evidence): Markdown {
  if (!passed) return NOTHING;
  const refusals = passed.refusals.flatMap((refusal) => refusal.split('\n'));
  const lines = [
    md`> [!WARNING]`,
    md`> Proposed despite what follows, because: ${oneLine(passed.reason)}`,
    md`>`,
    ...refusals.map((line) => md`> - ${oneLine(line)}`),
  ];
  return join(lines, '\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function gate({ from, verdict, since }: Evidence, now: Date): Markdown {
  const current = since
    ? md`${from.name} has been current for ${ours(age(now.getTime() - since.time.getTime()))}, ${ours(sinceWords(since))}.`
    : NOTHING;
  if (!verdict) {
    const parts = [
      md`### Gate of ${from.name}: not asked`,
      join([md`Neither a cluster nor Prometheus was there to be asked.`, current], ' '),
    ];
    return join(parts, '\n\n');
  }
  const words = { go: 'GO', halt: 'HALT', wait: 'WAIT' } as const;
  const rows = verdict.checks.map(({ name, outcome, value, bound, basis }) => [
    ours(words[outcome]),
    ours(name),
    md`${value}`,
    ours(bound),
    ours(basis ?? ''),
  ]);
  const parts = [
    md`### Gate of ${verdict.phase}: ${ours(words[verdict.outcome])}`,
    current,
    table(['', 'check', 'found', 'bound', 'over'], rows),
  ];
  return join(parts, '\n\n');
}

function after({ id, kind, from, forward, next }: Evidence): Markdown {
  const on =
    next && forward ? md`**Next:** ${next.name}. ${ours(next.summary)} ${`meshferry next ${id}`}` : NOTHING;
  const undo = forward
    ? md`**Undo:** revert the merge, or ${`meshferry back ${id}`}, which proposes ${from.name} again.`
    : md`**Undo:** revert the merge.`;
  const again =
    kind === 'abort' ? md`**Again:** ${`meshferry next ${id}`}, once the reason is mended.` : NOTHING;
  return join([on, undo, again], '\n\n');
}
