import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { type LoadedMigration, loadMigrations } from '../../config';
import { openRepository } from '../../operate/promote/base';
import { isOpen, listProposalBranches, type ProposalBranch } from '../../operate/promote/proposals';
import { forgeLinks } from '../../page/forge-links';
import { gatherMigration } from '../../page/gather';
import type { MigrationModel, PageModel } from '../../page/model';
import { renderPage } from '../../page/page';
import { enterProject } from '../project';
import { select } from '../select';
import { readSince } from '../since';
import { type SourceOptions, SourceReader, withSources } from '../sources';

const HELP = `
One HTML file for people: where each migration stands, who gets what, what the gate says, and what the next pull request
would change. It needs no server and fetches nothing: keep it as an artifact of a pipeline, or open it offline. A cluster
or a Prometheus that cannot be asked leaves its part open, and the page says so.

Exit codes: 0 written, 1 git failed, 2 wrong usage.

Examples:
  $ meshferry report                                every migration, into meshferry.html
  $ meshferry report analytics -o analytics.html
  $ meshferry report --no-cluster -o - > page.html  only what git knows`;

const TOGETHER = 8;

interface Options extends SourceOptions {
  readonly output: string;
}

/** `meshferry report`: the state of all migrations as a page. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('write a page that shows where migrations stand')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('-o, --output <file>', 'file to write; - is the standard output', 'meshferry.html')
    .addHelpText('after', HELP);
  return withSources(command).action(run);
}

async function run(names: string[], options: Options): Promise<void> {
  const output = options.output === '-' ? undefined : resolve(options.output);
  enterProject();
  const page = renderPage(await modelOf(names, options, new Date()));
  if (output === undefined) process.stdout.write(page);
  else {
    writeFileSync(output, page);
    process.stdout.write(`✔ ${options.output}\n`);
  }
}

async function modelOf(names: readonly string[], options: Options, now: Date): Promise<PageModel> {
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
