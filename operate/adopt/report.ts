import { stringify } from 'yaml';
import { printable } from '../../text/printable';
import type { Adoption } from './adopt';
import { label } from './live-host';

/** The migration as a file; `name` is left out where the file is called by it. */
export function migrationYaml({ migration: { name, ...rest } }: Adoption, fileName?: string): string {
  const content = fileName === name ? rest : { name, ...rest };
  return stringify(content, { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false });
}

/** What a person has to know before the migration is synced, for a terminal. */
export function adoptionReport({ migration, live, lost, notes, steps }: Adoption): string {
  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? [`${title}\n${lines.map((line) => `  ${printable(line)}`).join('\n')}`] : [];
  return [
    ...section(
      `Taken over into ${migration.name}, phase ${migration.phase}:`,
      live.map((object) => label(object)),
    ),
    ...section(
      'What the migration cannot say:',
      lost.map(
        ({ object, path, live: value, rendered }) =>
          `${object} ${path}: ${short(value)}${rendered === undefined ? ' is gone' : ` becomes ${short(rendered)}`}`,
      ),
    ),
    ...section('What else is different:', notes),
    ...section(
      'What to do, in this order:',
      steps.map(({ what, objects }, index) => `${index + 1}. ${objects.join(', ')}: ${what}`),
    ),
  ].join('\n\n');
}

function short(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 100 ? `${json.slice(0, 99)}…` : json;
}
