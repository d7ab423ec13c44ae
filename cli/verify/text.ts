import { colour } from '../../operate/report/colour';
import { type Finding, pageOf, type VerifyReport } from '../../verify';

/** A report for people. */
export function formatText({ findings, files, objects, withoutSchema }: VerifyReport): string {
  const number = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, ignored] = [number('error'), number('ignored')];
  const counts = [
    count(errors, 'error'),
    count(number('note'), 'note'),
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
  ];
  const sum = `${count(objects, 'object')} in ${count(files, 'file')}: ${counts.join(', ')}`;
  const unknown = Object.entries(withoutSchema).map(([kind, known]) => `${known} ${kind}`);
  const told = findings.filter(({ severity }) => severity !== 'ignored');
  return [
    ...told.map(formatFinding),
    errors > 0 ? colour.red(`✖ ${sum}`) : colour.green(`✔ ${sum}`),
    ...(told.length > 0
      ? [colour.dim(`  each id has a page in the docs of meshferry: ${pageOf(told[0]?.id ?? '')}`)]
      : []),
    ...(unknown.length > 0 ? [colour.dim(`  without a schema here: ${unknown.join(', ')}`)] : []),
    '',
  ].join('\n');
}

/** A finding in one line: `message → VirtualService demo/web spec.http[0]`. */
export function describeFinding({ message, object, path }: Finding): string {
  const about = [object, path].filter((part) => part !== '').join(' ');
  return about ? `${message} → ${about}` : message;
}

function formatFinding(finding: Finding): string {
  const { id, severity, file, line, fix } = finding;
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  const text = `${id} ${describeFinding(finding)}${place}`;
  return severity === 'error' ? `${colour.red('✖')} ${text}\n  fix: ${fix}` : colour.dim(`· ${text}`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
