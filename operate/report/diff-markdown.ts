import type { FieldChange } from '../../manifests/field-diff';
import type { Danger } from './dangers';
import { code, firstThatFits } from './markdown';
import type { ObjectChange } from './object-change';
import type { SemanticDiff } from './semantic-diff';

/** How much of a diff is told. */
export type Detail = 'fields' | 'objects' | 'numbers';

/** From the longest form to the shortest. */
export const DETAILS: readonly Detail[] = ['fields', 'objects', 'numbers'];

/** Found again by this, a comment is edited where it stands. */
export const COMMENT_MARKER = '<!-- meshferry:diff -->';

const FLAGS: Readonly<Record<Danger['flag'], string>> = {
  route: 'requests fail',
  orphan: 'objects left behind',
  immutable: 'immutable field',
  selector: 'selector',
  mtls: 'mTLS',
  prune: 'deletes',
};

/** A comment for a pull request: what merging it does to the clusters. Fits into what forges take. */
export function diffComment(diff: SemanticDiff): string {
  const forms = DETAILS.map(
    (detail) => () => `${COMMENT_MARKER}\n### What merging this changes\n\n${diffMarkdown(diff, detail)}\n`,
  );
  return firstThatFits(forms);
}

/** A diff as Markdown: blast radius, then dangers, then objects with their fields. */
export function diffMarkdown(diff: SemanticDiff, detail: Detail = 'fields'): string {
  if (diff.changes.length === 0) return 'Nothing that a controller applies.';
  const most = detail === 'numbers' ? 10 : 100;
  const parts = [radius(diff), dangers(diff.dangers, most)];
  if (detail !== 'numbers') parts.push(byMigration(diff.changes, detail));
  return parts.filter(Boolean).join('\n\n');
}

function radius({ radius: { migrations, namespaces, added, changed, removed } }: SemanticDiff): string {
  const numbers = [
    [changed, 'changed'],
    [added, 'added'],
    [removed, 'deleted'],
  ] as const;
  const objects = numbers.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(', ');
  return `**${objects}** in ${list(migrations, 'migration')}, ${list(namespaces, 'namespace')}.`;
}

function list(names: readonly string[], what: string): string {
  const shown = names.slice(0, 5).map(code).join(', ');
  return `${names.length} ${what}${names.length === 1 ? '' : 's'} (${shown}${names.length > 5 ? ', …' : ''})`;
}

function dangers(all: readonly Danger[], most: number): string {
  const lines = all.slice(0, most).map(({ flag, message }) => `- ⚠ **${FLAGS[flag]}**: ${message}`);
  if (all.length > most) lines.push(`- … and ${all.length - most} more`);
  return lines.join('\n');
}

function byMigration(changes: readonly ObjectChange[], detail: Detail): string {
  const lines = changes.map((change) => {
    const sign = { added: '+', changed: '~', removed: '-' }[change.is];
    const line = `- \`${sign}\` ${change.object.label}`;
    return detail === 'fields'
      ? [line, ...change.fields.map((field) => `  - ${fieldText(field)}`)].join('\n')
      : line;
  });
  return lines.join('\n');
}

/** `spec.http[0].route[v0].weight: 90 → 75`. */
function fieldText({ path, before, after }: FieldChange): string {
  if (before === undefined) return `${code(path)} becomes ${code(after)}`;
  if (after === undefined) return `${code(path)} goes, it was ${code(before)}`;
  return `${code(path)} ${code(before)} → ${code(after)}`;
}
