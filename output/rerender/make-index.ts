import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import type { LoadedMigration } from '../../config';
import { claimKeys } from '../../config/checks/conflicts';
import { displayPath } from '../../config/reading/read';
import type { Files } from '../files';
import { timeOf } from '../work-folder';
import { FACTS, type Index, type Key, newIndex } from './index-file';
import type { Inputs } from './inputs';
import { COLUMNS, digest, digestOfNames, isYoung, type Stamps, setDigest, stampEntry } from './stamp';

/** A rendering that was written, and what it was made from. */
export interface Rendering {
  /** Folder of the migrations. */
  readonly from: string;
  readonly inputs: Inputs;
  readonly loaded: readonly LoadedMigration[];
  readonly files: Files;
  /** Folder that holds exactly the files, before anyone else can change it. */
  readonly folder: string;
}

/** Makes the index of a rendering. */
export function makeIndex(key: Key, { from, inputs, loaded, files, folder }: Rendering): Index {
  const names = entriesOf(files);
  const index = newIndex(key, inputs.names, names, {
    files: files.size,
    top: digestOfNames(readdirSync(folder)),
  });
  index.inputStamps.set(inputs.stamps);
  index.facts.set(factsOf(from, inputs.names, loaded, names));
  stampOutputs(index.outputStamps, names, files, folder);
  return index;
}

/** What a migration claims among the others, as one number. */
export function digestOfClaims({ migration, mesh }: LoadedMigration): number {
  return digest(claimKeys({ migration, clusterDomain: mesh.clusterDomain }).join('\0'));
}

/** Folder of a migration's own files, with a separator at its end. */
export function folderOf({ migration, environment }: LoadedMigration): string {
  return join(environment, migration.name, '/');
}

/** Files and folders, these with a separator at their end; sorted, so that what a folder holds stands together. */
function entriesOf(files: Files): string[] {
  const names = new Set<string>(files.keys());
  for (const file of files.keys()) {
    for (let folder = dirname(file); folder !== '.' && !names.has(`${folder}/`); folder = dirname(folder))
      names.add(`${folder}/`);
  }
  return [...names].sort();
}

function factsOf(
  from: string,
  inputs: readonly string[],
  loaded: readonly LoadedMigration[],
  outputs: readonly string[],
): Float64Array {
  const starts = new Map(outputs.map((name, row) => [name, row]));
  const byFile = new Map(loaded.map((one) => [one.file, one]));
  const facts = new Float64Array(inputs.length * FACTS);
  for (const [row, input] of inputs.entries()) {
    const one = byFile.get(displayPath(join(from, input)));
    if (!one) continue;
    const folder = folderOf(one);
    const first = starts.get(folder) ?? 0;
    let end = first;
    while (outputs[end]?.startsWith(folder)) end++;
    facts.set([digestOfClaims(one), first, end - first], row * FACTS);
  }
  return facts;
}

function stampOutputs(stamps: Stamps, names: readonly string[], files: Files, folder: string): void {
  for (const [row, name] of names.entries()) stampEntry(stamps, row, `${folder}/${name}`);
  const now = timeOf(dirname(folder));
  for (let row = 0; row < stamps.length / COLUMNS; row++) {
    if (!isYoung(stamps, row, now)) continue;
    const name = names[row] ?? '';
    setDigest(
      stamps,
      row,
      name.endsWith('/') ? digestOfNames(readdirSync(`${folder}/${name}`)) : digest(files.get(name) ?? ''),
    );
  }
}
