import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALL_CHECKS, type Finding, pageOf, type VerifyReport } from '../../verify';
import { describeFinding } from './text';

/**
 * A report in SARIF 2.1.0, which code scanning of GitHub, GitLab and others reads.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function formatSarif({ findings }: VerifyReport): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'meshferry',
            rules: ALL_CHECKS.map(({ id, title }) => ({
              id,
              shortDescription: { text: title },
              help: { text: `${title}. Message, cause and fix: ${pageOf(id)}` },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map(resultOf),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(finding: Finding) {
  const { id, severity, file, line, object, path, fix, reason } = finding;
  return {
    ruleId: id,
    ruleIndex: ALL_CHECKS.findIndex((check) => check.id === id),
    level: severity === 'error' ? 'error' : 'note',
    message: { text: `${describeFinding(finding)}. Fix: ${fix}` },
    ...(file !== undefined && {
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(file) },
            ...(line !== undefined && { region: { startLine: line } }),
          },
          ...(object !== '' && {
            logicalLocations: [{ fullyQualifiedName: [object, path].join(' ').trim() }],
          }),
        },
      ],
    }),
    // What the finding is about, without its line: it stays the same finding where lines move.
    partialFingerprints: { 'meshferry/v1': hash([id, file ?? '', object, path]) },
    ...(severity === 'ignored' && { suppressions: [{ kind: 'inSource', justification: reason }] }),
  };
}

function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split('/').map(encodeURIComponent).join('/');
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
