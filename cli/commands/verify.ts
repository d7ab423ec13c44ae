import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { colour } from '../../operate/report/colour';
import {
  type Finding,
  type TextFile,
  UnreadableFilesError,
  type VerifyReport,
  verifyFiles,
} from '../../verify';
import { UsageError } from '../errors';

const HELP = `
Looks at every .yaml, .yml and .json file below each PATH: fields and values against the schemas of their kinds,
Istio's own rules, references, routes, weights, the two sides of a migration. In a rendered dist/ each environment and
each phase is looked at by itself, and the way between neighbouring phases in every order.

A note is about something that is not in the files and may exist in the cluster; it fails nothing.

Exit codes: 0 nothing wrong, 1 errors found, 2 wrong usage, or a file that cannot be read.

Examples:
  $ meshferry verify                     the rendered manifests in dist/
  $ meshferry verify clusters/prod       any folder of manifests
  $ helm template . | meshferry verify - what another tool prints
  $ meshferry verify --json dist         for other programs`;

/** `meshferry verify`: checks manifests, rendered here or written by hand. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check manifests against schemas, Istio and each other')
    .argument('[paths...]', 'folders or files of manifests; - for the standard input', ['dist'])
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', HELP)
    .action((paths: string[], { json }: { json?: boolean }) => {
      const report = verify(paths.flatMap(readTexts));
      if (report.objects === 0) {
        throw new UsageError(`✖ no manifests in ${paths.join(', ')}; name a folder that holds some`);
      }
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
      process.exitCode = report.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    });
}

function verify(texts: readonly TextFile[]): VerifyReport {
  try {
    return verifyFiles(texts);
  } catch (error) {
    if (error instanceof UnreadableFilesError) throw new UsageError(error.message);
    throw error;
  }
}

/** The texts of the manifests below a path. Folders of tools (node_modules, .git) hold none. */
function readTexts(path: string): TextFile[] {
  if (path === '-') return [{ file: 'stdin', text: decode('stdin', readFileSync(0)) }];
  let files: string[];
  try {
    files = statSync(path).isDirectory() ? listFiles(path) : [path];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new UsageError(`✖ cannot read ${path}: ${code}`);
    throw new UsageError(
      `✖ there is no ${path}; \`meshferry synth\` renders into dist, other paths are to be named`,
    );
  }
  return files.map((file) => ({ file, text: decode(file, readFileSync(file)) }));
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const path = join(folder, item.name);
      if (item.isDirectory())
        return item.name === 'node_modules' || item.name === '.git' ? [] : listFiles(path);
      return /\.(ya?ml|json)$/.test(item.name) ? [path] : [];
    });
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`✖ ${file} is not UTF-8 text`);
  }
}

function formatReport({ findings, files, objects, withoutSchema }: VerifyReport): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const notes = findings.length - errors;
  const unknown = Object.entries(withoutSchema).map(([kind, number]) => `${number} ${kind}`);
  const sum = `${count(objects, 'object')} in ${count(files, 'file')}: ${count(errors, 'error')}, ${count(notes, 'note')}`;
  return [
    ...findings.map(formatFinding),
    errors > 0 ? colour.red(`✖ ${sum}`) : colour.green(`✔ ${sum}`),
    ...(unknown.length > 0 ? [colour.dim(`  without a schema here: ${unknown.join(', ')}`)] : []),
    '',
  ].join('\n');
}

function formatFinding({ id, severity, message, object, path, file, line, fix }: Finding): string {
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  const text = `${id} ${message} → ${object}${path && ` ${path}`}${place}`;
  return severity === 'error' ? `${colour.red('✖')} ${text}\n  fix: ${fix}` : colour.dim(`· ${text}`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
