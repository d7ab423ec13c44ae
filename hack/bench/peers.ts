import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Command } from './measure';

/** Rendered files of one migration: path under its folder to objects. */
export type Files = ReadonlyMap<string, readonly object[]>;

/** What a peer is asked to render. */
export interface Task {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Name of the migration that `files` were rendered for. */
  readonly name: string;
  readonly files: Files;
  /** Names of the migrations to render; each gets the objects of `files` with its name in them. */
  readonly names: readonly string[];
}

const flat = (files: Files) => [...files.values()].flat();

/** A chart whose templates hold the objects, looped over the migrations in its values. */
export function helm(path: string, { folder, name, files, names }: Task): Command {
  const chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: migrations\nversion: 0.1.0\n');
  writeFileSync(join(chart, 'values.yaml'), stringify({ names }));
  const documents = flat(files).map((object) => stringify(object).replaceAll(name, '{{ . }}'));
  writeFileSync(
    join(chart, 'templates/migration.yaml'),
    `{{- range .Values.names }}\n---\n${documents.join('---\n')}{{- end }}\n`,
  );
  return { label: 'helm template', file: path, args: ['template', 'x', chart], cwd: folder };
}

/** A function of the name that returns the objects, written as YAML streams. */
export function jsonnet(path: string, { folder, name, files, names }: Task): Command {
  const file = join(folder, 'main.jsonnet');
  // A string of another string's pieces is how jsonnet interpolates.
  const body = JSON.stringify([...files.values()].flat(), null, 1).replaceAll(
    /"((?:[^"\\]|\\.)*)"/g,
    (literal: string, text: string) =>
      text.includes(name) ? literal.replaceAll(name, '" + name + "') : literal,
  );
  const keys = body.replaceAll(/^(\s*)("[^:\n]*" \+ name \+ [^:\n]*):/gm, '$1[$2]:');
  writeFileSync(
    file,
    `local migration(name) = ${keys};\nstd.flattenArrays([migration(name) for name in ${JSON.stringify(names)}])\n`,
  );
  return { label: 'jsonnet -y', file: path, args: ['-y', file], cwd: folder };
}

/** Resources and a kustomization. It refuses an object that occurs twice, so it gets the current phase alone. */
export function kustomize(path: string, { folder, files }: Task): Command {
  const current = [...files].filter(([file]) => !file.startsWith('phases/'));
  const resources = current.map(([file, objects]) => {
    const resource = file.replaceAll('/', '-');
    writeFileSync(join(folder, resource), objects.map((object) => stringify(object)).join('---\n'));
    return resource;
  });
  writeFileSync(join(folder, 'kustomization.yaml'), stringify({ resources }));
  return { label: 'kustomize build (current phase only)', file: path, args: ['build', folder], cwd: folder };
}

/** What `cdk8s init typescript-app` lays out, with the objects in its chart. */
export function cdk8sTemplate(nodeModules: string, { folder, files }: Task): Command {
  symlinkSync(nodeModules, join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'cdk8s.yaml'),
    stringify({ language: 'typescript', app: 'npx ts-node main.ts', imports: ['k8s'] }),
  );
  const compilerOptions = {
    alwaysStrict: true,
    declaration: true,
    experimentalDecorators: true,
    inlineSourceMap: true,
    inlineSources: true,
    lib: ['es2020'],
    module: 'CommonJS',
    noEmitOnError: true,
    noFallthroughCasesInSwitch: true,
    noImplicitAny: true,
    noImplicitReturns: true,
    noImplicitThis: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    resolveJsonModule: true,
    strict: true,
    strictNullChecks: true,
    strictPropertyInitialization: true,
    stripInternal: true,
    target: 'ES2020',
    skipLibCheck: true,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['**/*.ts'] }, null, 2),
  );
  const charts = [...files].map(([file, objects]) => {
    const lines = objects.map(
      (object, index) => `new ApiObject(chart, 'object-${index}', ${JSON.stringify(object)});`,
    );
    return `{\n  const chart = new Chart(app, '${file.replaceAll(/[^a-z0-9]/g, '-')}');\n  ${lines.join('\n  ')}\n}\n`;
  });
  writeFileSync(
    join(folder, 'main.ts'),
    `import { ApiObject, App, Chart } from 'cdk8s';\n\nconst app = new App();\n${charts.join('')}app.synth();\n`,
  );
  return {
    label: 'cdk8s synth, as cdk8s init sets it up',
    file: join(nodeModules, '.bin/cdk8s'),
    args: ['synth'],
    cwd: folder,
    env: { CDK8S_CHECK_UPGRADE: 'false', PATH: `${join(nodeModules, '.bin')}:${process.env.PATH}` },
  };
}

/**
 * The floor under any program that renders through cdk8s: it, and nothing else, compiled and kept as ours is. The objects
 * are literals, each is rendered once however many files hold it, and JSON takes the place of YAML: no input is read, and
 * nothing is checked.
 */
export function cdk8sAlone(root: string, { folder, files }: Task): Command {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const objects = [...new Set(flat(files).map((object) => JSON.stringify(object)))];
  const contents = [...files].map(([file, held]) => [
    file,
    held.map((object) => objects.indexOf(JSON.stringify(object))),
  ]);
  writeFileSync(
    join(folder, 'main.ts'),
    `import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';

const chart = new Chart(new App(), 'chart');
for (const [index, object] of [${objects.join(',')}].entries()) new ApiObject(chart, String(index), object as never);
const texts = chart.toJson().map((object) => \`\${JSON.stringify(object)}\\n\`);
for (const [file, held] of ${JSON.stringify(contents)} as [string, number[]][]) {
  mkdirSync(dirname(\`next/\${file}\`), { recursive: true });
  writeFileSync(\`next/\${file}\`, held.map((index) => texts[index]).join('---\\n'));
}
rmSync('dist', { recursive: true, force: true });
renameSync('next', 'dist');
`,
  );
  const compiler = JSON.stringify(join(root, 'bin/compile.js'));
  return {
    label: 'cdk8s alone: literals in, JSON out',
    file: process.execPath,
    args: ['-e', `require(${compiler}).run('main.ts')`],
    cwd: folder,
  };
}

/** The floor under any program that leaves these files on this disk: it writes their texts, and renders nothing. */
export function writingAlone({ folder, files, names }: Task): Command {
  const folders = [...new Set([...files.keys()].map((file) => dirname(file)))];
  const texts = [...files].map(([file, objects]) => [
    file,
    objects.map((object) => stringify(object)).join('---\n'),
  ]);
  writeFileSync(
    join(folder, 'main.js'),
    `const { mkdirSync, writeFileSync } = require('node:fs');

for (const name of ${JSON.stringify(names)}) {
  for (const below of ${JSON.stringify(folders)}) mkdirSync(\`dist/\${name}/\${below}\`, { recursive: true });
  for (const [file, text] of ${JSON.stringify(texts)}) writeFileSync(\`dist/\${name}/\${file}\`, text);
}
`,
  );
  return {
    label: `writing alone, ${names.length}`,
    file: process.execPath,
    args: ['main.js'],
    cwd: folder,
    before: () => rmSync(join(folder, 'dist'), { recursive: true, force: true }),
  };
}
