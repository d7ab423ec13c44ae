import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Command, type Figure, measure } from './measure';
import {
  cdk8sAlone,
  cdk8sTemplate,
  type Files,
  helm,
  jsonnet,
  kustomize,
  type Task,
  writingAlone,
} from './peers';
import { assertSame } from './same';
import { snapshot } from './snapshot';
import { print } from './table';
import { tools } from './tools';

const ROOT = resolve(__dirname, '../..');
const NAME = 'analytics';
const SIZES = [1, 10, 100, 1000, 3000];
/** Sizes between which growth is measured. */
const GROWTH = [100, 3000];

/** Measures the program against its peers and against itself at growing sizes, and prints three tables. */
async function main(scratch: string) {
  const { paths, missing } = tools();
  // What our own runs keep goes when all of it does.
  process.env.XDG_CACHE_HOME = join(scratch, 'cache');
  for (const sentence of missing) console.log(sentence);
  const one = workspace(scratch, [NAME], 'cold');
  const ours = synth('meshferry synth', one);
  await measure([ours], 1);
  const files = readFiles(join(one, 'dist', NAME));
  await cold(scratch, ours, files, paths);
  await scale(scratch, files, paths.helm);
  await rerender(scratch);
}

/** A cold render of one migration by the command a user types, against peers that render the same objects. */
async function cold(scratch: string, ours: Command, files: Files, paths: Record<string, string>) {
  const task = (label: string): Task => ({
    folder: folder(scratch, label),
    name: NAME,
    files,
    names: [NAME],
  });
  const all = [...files.values()].flat();
  const peers = [
    cdk8sAlone(ROOT, task('cdk8s-alone')),
    cdk8sTemplate(join(ROOT, 'node_modules'), task('cdk8s')),
  ];
  if (paths.helm) peers.push(helm(paths.helm, task('helm')));
  if (paths.jsonnet) peers.push(jsonnet(paths.jsonnet, task('jsonnet')));
  for (const peer of peers) assertSame(peer, all);
  if (paths.kustomize) {
    const peer = kustomize(paths.kustomize, task('kustomize'));
    assertSame(
      peer,
      [...files].flatMap(([file, objects]) => (file.startsWith('phases/') ? [] : objects)),
    );
    peers.push(peer);
  }
  const node: Command = { label: 'node -e 0', file: process.execPath, args: ['-e', '0'], cwd: scratch };
  const figures = await measure([ours, node, ...peers], 15);
  const own = figures[0]?.seconds ?? 0;
  print(
    `One migration, ${all.length} objects`,
    ['', 'median ms', 'fastest', 'slowest', 'meshferry takes', 'times node -e 0'],
    [
      ...figures.map((figure) => [
        figure.label,
        ...milliseconds(figure),
        `${(own / figure.seconds).toFixed(3)} of it`,
        (figure.seconds / (figures[1]?.seconds ?? 0)).toFixed(2),
      ]),
    ],
  );
}

/**
 * Renders of growing size, helm with the same objects at the size where it has to be beaten, and what the disk takes of
 * the growth: a program that only writes the same files, in turn with ours.
 */
async function scale(scratch: string, files: Files, helmPath: string | undefined) {
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const task = (label: string): Task => ({
      folder: folder(scratch, `${label}-${size}`),
      name: NAME,
      files,
      names: names(size),
    });
    const commands = [synth(`meshferry, ${size}`, workspace(scratch, names(size), `scale-${size}`))];
    if (GROWTH.includes(size)) commands.push(writingAlone(task('writing')));
    if (size === 1000 && helmPath) commands.push(helm(helmPath, task('helm')));
    figures.push(...(await measure(commands, size >= 1000 ? 3 : 7)));
  }
  const seconds = (label: string) => figures.find((figure) => figure.label === label)?.seconds ?? Number.NaN;
  print(
    'Many migrations',
    ['migrations', 'median ms', 'fastest', 'slowest', 'peak MiB'],
    [...figures.map((figure) => [figure.label, ...milliseconds(figure), figure.peakMiB.toFixed(0)])],
  );
  const [from = 0, to = 0] = GROWTH;
  const exponent = (what: string) =>
    (Math.log(seconds(`${what}, ${to}`) / seconds(`${what}, ${from}`)) / Math.log(to / from)).toFixed(3);
  console.log(
    `growth from ${from} to ${to.toLocaleString('en')}: exponent ${exponent('meshferry')}; of writing the same files alone: ${exponent('writing alone')}`,
  );
  if (helmPath) {
    const ratio = seconds('meshferry, 1000') / seconds('helm template');
    console.log(`1,000 migrations: ${ratio.toFixed(2)} of the time of helm template`);
  }
}

/** One word changed among 3,000 migrations, against a cold render of one; the files are those of a full render. */
async function rerender(scratch: string) {
  const many = workspace(scratch, names(3000), 'rerender');
  const one = workspace(scratch, [NAME], 'one');
  const full = synth('full', many);
  await measure([full], 1);
  const file = join(many, 'migrations', `${names(3000)[1500]}.yaml`);
  const phases = ['pin', 'deploy'];
  let turn = 0;
  const change = () => {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/^phase: .*$/m, `phase: ${phases[turn++ % 2]}`));
  };
  const figures = await measure(
    [
      synthKeeping('one word changed among 3,000', many, change),
      synthKeeping('nothing changed among 3,000', many, () => undefined),
      synth('cold render of one', one),
    ],
    15,
  );
  const cold = figures[2]?.seconds ?? Number.NaN;
  print(
    'One word changed',
    ['', 'median ms', 'fastest', 'slowest', 'times a cold render of one'],
    [...figures.map((figure) => [figure.label, ...milliseconds(figure), (figure.seconds / cold).toFixed(2)])],
  );
  const incremental = snapshot(join(many, 'dist'));
  await measure([full], 0);
  const whole = snapshot(join(many, 'dist'));
  const differ = [...new Set([...incremental.keys(), ...whole.keys()])].filter(
    (path) => incremental.get(path) !== whole.get(path),
  );
  if (differ.length > 0) throw new Error(`a re-render wrote other files than a full render: ${differ[0]}`);
  console.log(`the ${incremental.size} files of the re-render are those of a full render, byte for byte`);
}

/** A render from nothing: what an earlier run left is removed first. */
function synth(label: string, cwd: string): Command {
  const before = () => {
    for (const left of ['dist', 'node_modules']) rmSync(join(cwd, left), { recursive: true, force: true });
  };
  return { ...synthKeeping(label, cwd, before) };
}

function synthKeeping(label: string, cwd: string, before: () => void): Command {
  return { label, file: process.execPath, args: [join(ROOT, 'bin/meshferry.js'), 'synth'], cwd, before };
}

function names(size: number): string[] {
  return Array.from({ length: size }, (_, index) => `service-${index}`);
}

/** A repository with the walk-through's migration under each of these names. */
function workspace(
  scratch: string,
  migrations: readonly string[],
  label = String(migrations.length),
): string {
  const root = folder(scratch, `workspace-${label}`);
  const source = join(ROOT, 'migrations');
  mkdirSync(join(root, 'migrations'));
  writeFileSync(join(root, 'migrations/mesh.yaml'), readFileSync(join(source, 'mesh.yaml')));
  const text = readFileSync(join(source, `${NAME}.yaml`), 'utf8');
  for (const name of migrations) {
    writeFileSync(join(root, 'migrations', `${name}.yaml`), text.replaceAll(NAME, name));
  }
  return root;
}

function folder(scratch: string, label: string): string {
  const path = join(scratch, label);
  mkdirSync(path);
  return path;
}

function readFiles(root: string): Files {
  return new Map(
    [...snapshot(root)].map(([file, text]) => [
      file,
      parseAllDocuments(text).map((document) => document.toJS()),
    ]),
  );
}

function milliseconds({ seconds, fastest, slowest }: Figure): string[] {
  return [seconds, fastest, slowest].map((value) => (value * 1000).toFixed(0));
}

const scratch = mkdtempSync(join(tmpdir(), 'meshferry-bench-'));
main(scratch)
  .catch((error: Error) => {
    console.error(`✖ ${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => rmSync(scratch, { recursive: true, force: true }));
