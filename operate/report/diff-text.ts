import type { FieldChange } from '../../manifests/field-diff';
import { printable } from '../../text/printable';
import { colour } from './colour';
import { FLAGS } from './diff-markdown';
import type { ObjectChange } from './object-change';
import type { SemanticDiff } from './semantic-diff';

/** A diff for a terminal: how much is touched, then dangers, then objects with their fields. */
export function diffText(diff: SemanticDiff): string {
  if (diff.changes.length === 0) return 'Nothing that a controller applies.';
  return [
    colour.bold(radius(diff)),
    diff.dangers
      .map(({ flag, message }) => `${colour.red(`⚠ ${FLAGS[flag]}`)}: ${printable(message)}`)
      .join('\n'),
    diff.changes.map(objectText).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function radius({ radius: { migrations, namespaces, added, changed, removed } }: SemanticDiff): string {
  const counts = Object.entries({ changed, added, deleted: removed })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
  return `${counts.join(', ')} in ${names(migrations)}; ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${names(namespaces)}`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, 5).map(printable).join(', ');
  return all.length > 5 ? `${shown} and ${all.length - 5} more` : shown;
}

function objectText({ object, is, fields }: ObjectChange): string {
  const [sign, paint] = {
    added: ['+', colour.green],
    changed: ['~', colour.yellow],
    removed: ['-', colour.red],
  }[is] as [string, (text: string) => string];
  return [
    paint(`${sign} ${printable(object.label)}`),
    ...fields.map((field) => `    ${fieldText(field)}`),
  ].join('\n');
}

function fieldText({ path, before, after }: FieldChange): string {
  const name = colour.bold(printable(path));
  if (before === undefined) return `${name}: ${colour.green(value(after))} (new)`;
  if (after === undefined) return `${name}: ${colour.red(value(before))} goes`;
  return `${name}: ${colour.red(value(before))} → ${colour.green(value(after))}`;
}

function value(one: unknown): string {
  return printable(typeof one === 'string' && one !== '' ? one : (JSON.stringify(one) ?? 'nothing'));
}
