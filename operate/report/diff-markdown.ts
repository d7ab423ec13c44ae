import type { FieldChange } from '../../manifests/field-diff';
import type { Danger } from './dangers';
import { code, firstThatFits, join, type Markdown, md, ours } from './markdown';
import type { ObjectChange } from './object-change';
import type { SemanticDiff } from './semantic-diff';

/** How much of a diff is shown. */
export type Detail = 'fields' | 'objects' | 'numbers';

/** From the longest form to the shortest. */
export const DETAILS: readonly Detail[] = ['fields', 'objects', 'numbers'];

/** By this, a comment is found again and edited where it stands. */
export const COMMENT_MARKER = '<!-- meshferry:diff -->';

/** What each flag of a danger says. */
export const FLAGS: Readonly<Record<Danger['flag'], string>> = {
  gone: 'migration gone',
  route: 'requests fail',
  orphan: 'objects left behind',
  immutable: 'immutable field',
  selector: 'selector',
  mtls: 'mTLS',
  prune: 'deletes',
};

/** A comment for a pull request: what merging it does to the clusters. Fits into what forges take. */
export function diffComment(diff: SemanticDiff): string {
  return firstThatFits(
    DETAILS.map(
      (detail) => () =>
        md`${ours(COMMENT_MARKER)}\n### What merging this changes\n\n${diffMarkdown(diff, detail)}\n`,
    ),
  );
}

/** A diff as Markdown: blast radius, then dangers, then objects with their fields. */
export function diffMarkdown(diff: SemanticDiff, detail: Detail = 'fields'): Markdown {
  if (diff.changes.length === 0) return ours('Nothing that a controller applies.');
  const most = detail === 'numbers' ? 10 : 100;
  const parts = [radius(diff), dangers(diff.dangers, most)];
  if (detail !== 'numbers') parts.push(objects(diff.changes, detail));
  return join(parts, '\n\n');
}

function radius({ radius: { migrations, namespaces, added, changed, removed } }: SemanticDiff): Markdown {
  const numbers = [
    [changed, 'changed'],
    [added, 'added'],
    [removed, 'deleted'],
  ] as const;
  const counts = numbers.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(', ');
  return md`**${ours(counts)}** in ${list(migrations, 'migration')}, ${list(namespaces, 'namespace')}.`;
}

function list(names: readonly string[], what: string): Markdown {
  const shown = join(
    names.slice(0, 5).map((name) => code(name)),
    ', ',
  );
  const rest = names.length > 5 ? ', …' : '';
  return md`${names.length} ${ours(`${what}${names.length === 1 ? '' : 's'}`)} (${shown}${ours(rest)})`;
}

function dangers(all: readonly Danger[], most: number): Markdown {
  const lines = all
    .slice(0, most)
    .map(({ flag, message }) => md`- ⚠ **${ours(FLAGS[flag])}**: ${code(message, LONGEST_DANGER)}`);
  if (all.length > most) lines.push(md`- … and ${all.length - most} more`);
  return join(lines, '\n');
}

const LONGEST_DANGER = 400;

function objects(changes: readonly ObjectChange[], detail: Detail): Markdown {
  const lines = changes.flatMap((change) => {
    const sign = { added: '+', changed: '~', removed: '-' }[change.is];
    const line = md`- ${sign} ${change.object.label}`;
    return detail === 'fields'
      ? [line, ...change.fields.map((field) => md`  - ${fieldText(field)}`)]
      : [line];
  });
  return join(lines, '\n');
}

/** `spec.http[0].route[v0].weight` 90 → 75. */
function fieldText({ path, before, after }: FieldChange): Markdown {
  if (before === undefined) return md`${path} becomes ${code(after)}`;
  if (after === undefined) return md`${path} goes, it was ${code(before)}`;
  return md`${path} ${code(before)} → ${code(after)}`;
}
