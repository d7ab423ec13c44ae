import { basename } from 'node:path';
import { type LoadedMigration, loadMigrations } from '../config';
import { openRepository } from '../operate/promote/base';
import { isOpen, listProposalBranches, type ProposalBranch } from '../operate/promote/proposals';
import { forgeLinks } from '../page/forge-links';
import { gatherMigration } from '../page/gather';
import type { MigrationModel, PageModel } from '../page/model';
import { select } from './select';
import { readSince } from './since';
import { type SourceOptions, SourceReader } from './sources';

/** Migrations that are looked at in parallel. */
const TOGETHER = 8;

/**
 * Reads everything that the page shows, from the checkout in the working directory, the cluster and Prometheus.
 *
 * @param names of migrations; none: all of them
 * @throws Refusal (`usage`) where there is no repository
 */
export async function pageModel(
  names: readonly string[],
  options: SourceOptions,
  now: Date,
): Promise<PageModel> {
  const chosen = select(loadMigrations('migrations'), names);
  const repository = await openRepository(process.cwd());
  const { git, prefix } = repository;
  const commit = await git.run(['rev-parse', 'HEAD']);
  const url = await git.ask(['remote', 'get-url', 'origin']);
  const links = url === undefined ? undefined : forgeLinks(url, commit, prefix);
  const reader = new SourceReader(options, chosen);
  const since = await readSince(chosen, { askForge: false });
  const base = {
    ...repository,
    branch: 'HEAD',
    commit,
    ...(url !== undefined && { remote: { name: 'origin', url } }),
  };
  const branches = await listProposalBranches(base);
  const open = async (loaded: LoadedMigration): Promise<ProposalBranch[]> => {
    const own = branches.filter(({ id }) => id === loaded.id);
    const waits = await Promise.all(own.map((branch) => isOpen(base, branch, loaded.file)));
    return own.filter((_, index) => waits[index]);
  };
  const migrations: MigrationModel[] = [];
  for (let at = 0; at < chosen.length; at += TOGETHER) {
    const gathered = chosen.slice(at, at + TOGETHER).map(async (loaded) =>
      gatherMigration(loaded, {
        sources: await reader.sourcesOf(loaded, since.get(loaded.file)),
        proposals: await open(loaded),
        ...(links && { links }),
        now,
      }),
    );
    migrations.push(...(await Promise.all(gathered)));
  }
  return {
    title: url === undefined ? basename(process.cwd()) : nameOf(url),
    made: now,
    commit: { id: commit, ...(links && { url: links.commit(commit) }) },
    unasked: await unaskedOf(reader, chosen),
    migrations,
  };
}

async function unaskedOf(reader: SourceReader, chosen: readonly LoadedMigration[]): Promise<string[]> {
  const view = await reader.cluster();
  const blind = chosen.filter((loaded) => reader.prometheus(loaded) === undefined);
  return [
    ...('unseen' in view ? [`The cluster could not be asked: ${view.unseen}.`] : []),
    ...(blind.length > 0
      ? [
          `No Prometheus is declared for ${blind.length === chosen.length ? 'any migration' : blind.map(({ id }) => id).join(', ')}: rates, latency and measured shares are missing.`,
        ]
      : []),
  ];
}

function nameOf(url: string): string {
  return basename(url.replace(/\/$/, ''), '.git');
}
