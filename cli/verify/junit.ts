import { ALL_CHECKS, type Finding, type VerifyReport } from '../../verify';
import { describeFinding } from './text';

/**
 * A report as JUnit XML, which GitLab, Jenkins and others show as tests: each check is a suite, and each finding a test
 * of it. An error is a failed test; a note, or what is ignored, a skipped one.
 */
export function formatJunit({ findings }: VerifyReport): string {
  const suites = ALL_CHECKS.map(({ id, title }) => {
    const own = findings.filter((finding) => finding.id === id);
    const tests =
      own.length > 0 ? own.map(testOf) : [`    <testcase name="${xml(title)}" classname="${id}"/>`];
    return [
      `  <testsuite name="${xml(`${id}: ${title}`)}" ${counts(own, tests.length)}>`,
      ...tests,
      '  </testsuite>',
    ];
  });
  const tests = ALL_CHECKS.reduce(
    (sum, { id }) => sum + Math.max(findings.filter((finding) => finding.id === id).length, 1),
    0,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="meshferry verify" ${counts(findings, tests)}>`,
    ...suites.flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

function testOf(finding: Finding): string {
  const { id, severity, file, line, fix, object, path, reason } = finding;
  const place =
    file === undefined ? '' : ` file="${xml(file)}"${line === undefined ? '' : ` line="${line}"`}`;
  const name = [object, path].filter((part) => part !== '').join(' ') || file || id;
  const text = describeFinding(finding);
  const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}\n`;
  const outcome =
    severity === 'error'
      ? `<failure message="${xml(text)}" type="${id}">${xml(`${where}fix: ${fix}`)}</failure>`
      : `<skipped message="${xml(severity === 'note' ? text : `${text} (ignored: ${reason})`)}"/>`;
  return `    <testcase name="${xml(name)}" classname="${id}"${place}>${outcome}</testcase>`;
}

function counts(findings: readonly Finding[], tests: number): string {
  const failures = findings.filter(({ severity }) => severity === 'error').length;
  return `tests="${tests}" failures="${failures}" skipped="${findings.length - failures}" errors="0"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Text as XML: what XML has no form for, such as most control characters, is left out. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"\n]/g, (character) => ENTITIES[character] ?? character);
}
