import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CHECKS, type Finding, verifyFiles } from '../../verify';
import { ensureParts } from '../lab/cache';
import { istio } from '../lab/parts/pinned';
import { cacheDirectory } from '../lab/paths';
import { Progress } from '../lab/progress';
import { istioFolder } from './recorded';

const ANALYZERS = 'pkg/config/analysis/analyzers';
const MESSAGES = 'pkg/config/analysis/msg/messages.gen.go';

/** One case of the tests of Istio's analyzers: files, and what is to be said of which object. */
interface AnalyzerCase {
  readonly files: readonly string[];
  readonly mesh?: string;
  readonly expected: readonly Message[];
}

/** `IST0101` of `VirtualService demo/web`. */
interface Message {
  readonly code: string;
  readonly object: string;
}

const program = new Command('oracle-analyzers')
  .description(
    "Runs verify and istioctl analyze over the files of the tests of Istio's own analyzers, side by side: what is found, missed, and said beside it.",
  )
  .option('--show <code>', 'print what verify misses of a code, or "beside" for what both say beside');

async function main({ show }: { show?: string }): Promise<void> {
  const folders = await ensureParts(cacheDirectory(), [istio], new Progress());
  const source = await istioFolder();
  const rows: Record<string, { expected: number; verify: number; istioctl: number }> = {};
  const beside = { verify: 0, istioctl: 0 };
  const seconds = { verify: 0, istioctl: 0 };
  for (const one of readCases(source)) {
    const files = one.files.map((file) => join(source, ANALYZERS, file));
    const [ours, ourSeconds] = timed(() => ourMessages(files));
    const [theirs, theirSeconds] = timed(() =>
      istioctlMessages(
        join(folders(istio), 'istioctl'),
        files,
        one.mesh && join(source, ANALYZERS, one.mesh),
      ),
    );
    seconds.verify += ourSeconds;
    seconds.istioctl += theirSeconds;
    const left = { verify: [...ours], istioctl: [...theirs] };
    for (const { code, object } of one.expected) {
      rows[code] ??= { expected: 0, verify: 0, istioctl: 0 };
      rows[code].expected++;
      const isIt = (message: OurMessage) =>
        message.codes.includes(code) && (isAbout(message.object, object) || names(message.text, object));
      if (ours.some(isIt)) rows[code].verify++;
      else if (show === code) console.log(`missed: ${code} ${object} in ${one.files.join(' ')}`);
      if (theirs.some(isIt)) rows[code].istioctl++;
      for (const who of ['verify', 'istioctl'] as const) take(left[who], isIt);
    }
    for (const who of ['verify', 'istioctl'] as const) {
      // Notes and warnings claim less.
      const rest = left[who].filter(({ isError }) => isError);
      beside[who] += rest.length;
      if (show === 'beside')
        for (const { codes, object, text } of rest)
          console.log(`${who}: ${one.files[0]}: ${object} ${codes}: ${text}`);
    }
  }
  console.table(Object.fromEntries(Object.entries(rows).sort()));
  const sum = (key: 'expected' | 'verify' | 'istioctl') =>
    Object.values(rows).reduce((total, row) => total + row[key], 0);
  for (const who of ['verify', 'istioctl'] as const)
    console.log(
      `${who}: ${sum(who)} of ${sum('expected')} found, ${beside[who]} other errors, ${seconds[who].toFixed(1)} s of processor time`,
    );
}

interface OurMessage {
  readonly codes: readonly string[];
  readonly object: string;
  readonly isError: boolean;
  readonly text: string;
}

/** Codes of istioctl for a finding. */
const CODES = new Map(CHECKS.map(({ id, istio: codes = [] }) => [id, codes]));

function ourMessages(files: readonly string[]): OurMessage[] {
  const texts = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  return verifyFiles(texts, { complete: true }).findings.map((finding: Finding) => ({
    codes: CODES.get(finding.id) ?? [],
    object: finding.object,
    isError: finding.severity === 'error',
    text: `${finding.id} ${finding.path}: ${finding.message}`,
  }));
}

function istioctlMessages(istioctl: string, files: readonly string[], mesh?: string): OurMessage[] {
  const options = [
    'analyze',
    '--all-namespaces',
    '--use-kube=false',
    '--output',
    'json',
    ...(mesh ? ['--meshConfigFile', mesh] : []),
  ];
  // Its log goes to standard output too.
  const { stdout } = spawnSync(istioctl, [...options, ...files], { encoding: 'utf8' });
  const messages = JSON.parse(stdout.slice(Math.max(stdout.search(/^\[/m), 0)) || '[]') as {
    code: string;
    level: string;
    origin?: string;
    message: string;
  }[];
  return messages.map(({ code, level, origin = '', message }) => ({
    codes: [code],
    object: origin,
    isError: level === 'Error',
    text: message,
  }));
}

/** Whether a message about an object names another one, with which it does not go together. */
function names(text: string, expected: string): boolean {
  return ` ${text.replaceAll(' default/', ' ')} `.includes(` ${expected.replace(' default/', ' ')} `);
}

/** Whether two names mean one object: tests leave a namespace out where the file does. */
function isAbout(object: string, expected: string): boolean {
  const plain = (name: string) => name.replace(/ default\//, ' ').trim();
  return plain(object) === plain(expected);
}

/** Takes the first message that is meant out of a list. */
function take(messages: OurMessage[], isIt: (message: OurMessage) => boolean): boolean {
  const index = messages.findIndex(isIt);
  if (index < 0) return false;
  messages.splice(index, 1);
  return true;
}

/** What a function returns, and the processor time that it and what it starts take. */
function timed<T>(work: () => T): [T, number] {
  const before = cpuSeconds();
  const result = work();
  return [result, cpuSeconds() - before];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  // Fields 16 and 17 after the name: user and system time of children that have ended, in hundredths of a second.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

/** @throws Error where the tests no longer look as they did */
function readCases(source: string): AnalyzerCase[] {
  const text = readFileSync(join(source, ANALYZERS, 'analyzers_test.go'), 'utf8');
  const names = readFileSync(join(source, MESSAGES), 'utf8');
  const codes = new Map(
    Array.from(names.matchAll(/^\t(\w+) = diag\.NewMessageType\([\w.]+, "(IST\d+)"/gm), ([, name, code]) => [
      name,
      code,
    ]),
  );
  const grid = /^var testGrid = \[\]testCase\{\n([\s\S]*?)^\}/m.exec(text)?.[1] ?? '';
  const cases = grid
    .split(/^\t\{$/m)
    .slice(1)
    .map((body): AnalyzerCase => {
      const [input = '', expected = ''] = body.split(/^\t\texpected:/m);
      const mesh = /meshConfigFile:\s*"([^"]+)"/.exec(input)?.[1];
      const files = /inputFiles:\s*\[\]string\{([\s\S]*?)\}/.exec(input)?.[1] ?? '';
      return {
        files: Array.from(files.matchAll(/"([^"]+)"/g), ([, file = '']) => file),
        ...(mesh && { mesh }),
        expected: Array.from(
          expected.matchAll(/\{msg\.(\w+), "([^"]*)"\}/g),
          ([, name = '', object = '']) => ({
            code: codes.get(name) ?? name,
            object,
          }),
        ),
      };
    });
  if (cases.length < 50) throw new Error(`${ANALYZERS}/analyzers_test.go has ${cases.length} cases only`);
  return cases;
}

program.action((options) => main(options)).parseAsync();
