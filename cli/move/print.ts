import { EXIT_CODES } from '../../operate/promote/refusal';
import { colour } from '../../operate/report/colour';
import { printableLines } from '../../text/printable';

import type { MoveResult } from './move-all';
import type { MoveOptions } from './options';

/**
 * Tells what came of one migration.
 *
 * @param hint why no pull request was opened, where one was to be expected
 */
export function print(
  { id, proposal, refused, failed }: MoveResult,
  { dryRun }: MoveOptions,
  hint?: string,
): void {
  const why = refused ?? failed;
  if (why) {
    process.stderr.write(`${colour.bold(id)}\n${printableLines(why.message)}\n`);
    return;
  }
  if (!proposal) return;
  const { from, to, branch, url, push, title, body, files, message } = proposal;
  const step = `${colour.bold(id)}: ${from} → ${to}`;
  if (url) return void process.stdout.write(`${colour.green('✔')} ${step}: ${url}\n`);
  const head = dryRun
    ? `· ${step} would be proposed on ${branch}`
    : `${colour.green('✔')} ${step}: committed on ${branch}`;
  const what = [`Files:\n${files.map((file) => `  ${file}`).join('\n')}`, `Commit:\n${indent(message)}`];
  process.stdout.write(
    [
      head,
      ...(hint && !dryRun ? [`${hint}.`] : []),
      ...(dryRun ? what : []),
      ...(push ? [`Push it:\n  ${push}`] : []),
      `Pull request: ${title}\n\n${body}`,
      '',
    ].join('\n'),
  );
}

/** As {@link print}, for programs. */
export function jsonOf({ id, proposal, refused, failed }: MoveResult) {
  if (failed) return { id, failed: failed.message };
  return refused
    ? { id, refused: { reason: refused.reason, what: refused.what, wayOut: refused.wayOut } }
    : { ...proposal };
}

/** With --all or --when-green some always wait: that is no failure, but a gate that says no is one. */
export function exitCodeOf(results: readonly MoveResult[], { all, whenGreen }: MoveOptions): number {
  if (results.some(({ failed }) => failed)) return EXIT_CODES.failed;
  const codes = results.flatMap(({ refused }) => refused?.exitCode ?? []);
  if (!all && !whenGreen) return codes[0] ?? 0;
  return codes.includes(EXIT_CODES.halt) ? EXIT_CODES.halt : 0;
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
}
