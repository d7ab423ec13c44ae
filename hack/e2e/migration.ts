import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { MigrationInput } from '../../config';
import { fileAt, LAYERS, pathOf, phasesFolder } from '../../manifests/dist-layout';
import { eventually, type Lab } from './lab';

/** Namespace of the walk-through. */
export const NAMESPACE = 'smm-demo';
const PROGRAM = resolve(__dirname, '../../bin/meshferry.js');
/** The one migration of the repository. */
const ANALYTICS = { environment: '', migration: 'analytics' };

/** A rendered object. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  /** Without a namespace where its kind belongs to the whole cluster. */
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/** An object of which one phase has another state than the one before. */
export interface Change {
  readonly object: Rendered;
  readonly remove: boolean;
}

/** A repository with one migration in a folder of its own, rendered by the program a user types. */
export class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-'));

  constructor(private declared: MigrationInput) {
    mkdirSync(join(this.folder, 'migrations'));
    writeFileSync(join(this.folder, 'migrations/mesh.yaml'), 'istio: "1.31"\nkubernetes: "1.34"\n');
    this.render(declared.phase);
  }

  /** Where the current phase is rendered. */
  get dist(): string {
    return join(this.folder, 'dist');
  }

  /** Names of the phases, in their order. */
  get phases(): string[] {
    const folder = phasesFolder(ANALYTICS);
    return readdirSync(join(this.dist, folder))
      .sort()
      .flatMap((name) => {
        const file = fileAt(join(folder, name));
        return file?.is === 'preview' ? file.phase : [];
      });
  }

  /** The preview of a phase, by its name. */
  preview(phase: string): string {
    const number = this.phases.indexOf(phase) + 1;
    return join(this.dist, pathOf({ is: 'preview', ...ANALYTICS, number, phase }));
  }

  /** Declares the migration anew; the next rendering is by it. */
  declare(declared: MigrationInput): void {
    this.declared = declared;
  }

  /** Makes a phase the current one. */
  render(phase: string): void {
    writeFileSync(join(this.folder, 'migrations/analytics.yaml'), stringify({ ...this.declared, phase }));
    execFileSync(process.execPath, [PROGRAM, 'synth'], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** Objects of the current phase. */
  objects(): Rendered[] {
    return LAYERS.flatMap((layer) =>
      readObjects(join(this.dist, pathOf({ is: 'layer', ...ANALYTICS, layer }))),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Objects of a file of manifests. */
export function readObjects(file: string): Rendered[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Rendered);
}

/** What has to be done to the cluster to get from one state to another. */
export function changes(from: readonly Rendered[], to: readonly Rendered[]): Change[] {
  const before = new Map(from.map((object) => [idOf(object), object]));
  const after = new Map(to.map((object) => [idOf(object), object]));
  const applied = to.filter((object) => JSON.stringify(before.get(idOf(object))) !== JSON.stringify(object));
  const removed = from.filter((object) => !after.has(idOf(object)));
  return [
    ...applied.map((object) => ({ object, remove: false })),
    ...removed.map((object) => ({ object, remove: true })),
  ];
}

function idOf({ kind, metadata }: Rendered): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Puts changes into effect as a controller does that syncs: applies what is there, then prunes what is gone. */
export async function sync(lab: Lab, list: readonly Change[]): Promise<void> {
  const applied = list.filter(({ remove }) => !remove).map(({ object }) => object);
  if (applied.length > 0) await lab.apply(applied);
  for (const { object } of list.filter(({ remove }) => remove)) await remove(lab, object);
}

/** Puts one change into effect. */
export async function syncOne(lab: Lab, { object, remove: gone }: Change): Promise<void> {
  if (gone) await remove(lab, object);
  else await lab.apply([object]);
}

async function remove(lab: Lab, { kind, metadata }: Rendered): Promise<void> {
  await lab.kubectl(
    'delete',
    kind,
    metadata.name,
    ...(metadata.namespace === undefined ? [] : ['-n', metadata.namespace]),
    '--ignore-not-found',
    '--wait=false',
  );
}

/** Waits until the pods that a phase declares are ready. */
export async function podsReady(lab: Lab, name = 'analytics-v1'): Promise<void> {
  await lab.kubectl('rollout', 'status', `deployment/${name}`, '-n', NAMESPACE, '--timeout=90s');
}

/** Removes everything that a scenario may have left, and waits until it is gone. */
export async function clean(lab: Lab, repository: Repository): Promise<void> {
  const all = repository.phases.flatMap((phase) => readObjects(repository.preview(phase)));
  const unique = new Map(all.map((object) => [idOf(object), object]));
  for (const object of unique.values()) await remove(lab, object);
  await lab.kubectl('delete', 'deployment,service', '-l', 'e2e=yes', '-n', NAMESPACE, '--ignore-not-found');
  await lab.kubectl('delete', 'workloadentries', '--all', '-n', NAMESPACE);
  await eventually(
    'the pods are gone',
    60,
    async () => (await lab.list<Rendered>('pods', NAMESPACE)).length === 1,
  );
}
