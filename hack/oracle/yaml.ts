import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import { readYaml } from '../../manifests/go-yaml';
import { YamlError } from '../../manifests/yaml-error';
import { ensureParts } from '../lab/cache';
import { cacheDirectory } from '../lab/paths';
import { Progress } from '../lab/progress';
import { run } from '../lab/run';
import { damaged, oddDocument } from './documents';
import { yamlProgram } from './part';
import { Random } from './random';

const ROOT = resolve(__dirname, '../..');
const FIXTURE = join(ROOT, 'manifests/go-yaml.fixture.json');

/**
 * Below it, `verify` and kubectl do not read the same. Two differences are known, and none of them shows in a real file:
 * kubectl drops without a word what follows a document that ends too early, where `verify` refuses the text; and it
 * refuses some tabs on empty lines, which `verify` takes.
 */
const WANTED = 0.95;

/** What kubectl's libraries make of a text. */
interface Reading {
  readonly documents: readonly unknown[];
  readonly error?: string;
}

const program = new Command('oracle-yaml')
  .description("Holds verify's reading of YAML against kubectl's: real files, damaged ones, and odd ones.")
  .argument('[folders...]', 'folders of real YAML', [ROOT])
  .option('--made <number>', 'documents to make up, and to damage', '5000')
  .option('--seed <number>', 'seed of what is chosen at random', '1')
  .option('--show <number>', 'differences to print', '10')
  .option('--update', 'write the answers that the test of the reader holds');

async function main(
  folders: readonly string[],
  options: Record<'made' | 'seed' | 'show', string> & { update?: true },
) {
  const built = await ensureParts(cacheDirectory(), [yamlProgram], new Progress());
  const ask = (texts: readonly string[]) => askKubectl(join(built(yamlProgram), 'yaml'), texts);
  if (options.update) return update(ask);
  const [random, count, show] = [
    new Random(Number(options.seed)),
    Number(options.made),
    Number(options.show),
  ];
  const real = folders.flatMap((folder) => documentsBelow(folder));
  const short = real.filter((text) => text.length > 20 && text.length < 2_500);
  const rows: Record<string, object> = {};
  let worst = 1;
  for (const [what, texts] of Object.entries({
    real,
    damaged: Array.from({ length: count }, () => damaged(random.pick(short), random)).filter(isOneDocument),
    odd: Array.from({ length: count }, () => oddDocument(random)).filter(isOneDocument),
  })) {
    const { row, share } = compare(texts, await ask(texts), show);
    rows[what] = row;
    worst = Math.min(worst, share);
  }
  console.table(rows);
  if (worst < WANTED) process.exitCode = 1;
}

async function askKubectl(path: string, texts: readonly string[]): Promise<Reading[]> {
  const answer = await run(path, [], { input: texts.map((text) => `${JSON.stringify(text)}\n`).join('') });
  return answer
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Reading);
}

function compare(texts: readonly string[], readings: readonly Reading[], show: number) {
  const row = {
    documents: texts.length,
    'read alike': 0,
    'refused alike': 0,
    stricter: 0,
    laxer: 0,
    different: 0,
  };
  const shown = new Map<string, string>();
  for (const [index, text] of texts.entries()) {
    const kubectl = readings[index] as Reading;
    const [value, refusal] = ourReading(text);
    const outcome = kubectl.error
      ? refusal
        ? 'refused alike'
        : 'laxer'
      : refusal
        ? 'stricter'
        : isDeepStrictEqual(value, kubectl.documents[0] ?? null)
          ? 'read alike'
          : 'different';
    row[outcome]++;
    if (!outcome.endsWith('alike'))
      shown.set(`${outcome}: ${(refusal ?? kubectl.error ?? '').replace(/\d+/g, '#')}`, text);
  }
  for (const [why, text] of [...shown].slice(0, show))
    console.log(`${why}\n  ${JSON.stringify(text.slice(0, 300))}`);
  return { row, share: (row['read alike'] + row['refused alike']) / Math.max(texts.length, 1) };
}

function ourReading(text: string): [value: unknown, refusal?: string] {
  try {
    return [JSON.parse(JSON.stringify(readYaml(text).value ?? null))];
  } catch (error) {
    if (error instanceof YamlError) return [undefined, error.message];
    throw error;
  }
}

async function update(ask: (texts: readonly string[]) => Promise<Reading[]>): Promise<void> {
  const texts = (JSON.parse(readFileSync(FIXTURE, 'utf8')) as { text: string }[]).map(({ text }) => text);
  const lines = (await ask(texts)).map(({ error, documents }, index) =>
    escaped({ text: texts[index], ...(error ? { refused: true } : { value: documents[0] ?? null }) }),
  );
  writeFileSync(FIXTURE, `[\n  ${lines.join(',\n  ')}\n]\n`);
}

/** JSON in which every letter can be seen. */
function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function documentsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', '.git'].includes(entry.name) ? [] : documentsBelow(path);
    return entry.isFile() && /\.ya?ml$/.test(entry.name) ? readFileSync(path, 'utf8').split(/^---.*$/m) : [];
  });
}

/** kubectl would cut it at a line of `---` before it reads it. */
function isOneDocument(text: string): boolean {
  return !/^---/m.test(text);
}

program.action((folders, options) => main(folders, options)).parseAsync();
