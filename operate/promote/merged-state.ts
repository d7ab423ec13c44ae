import { join } from 'node:path';
import { type LoadedMigration, loadMigrations } from '../../config';
import { renderMigrations } from '../../output';
import { type Base, type BaseOptions, fetchBase, refuseOtherState } from './base';
import type { Git } from './git';
import { listProposalBranches, type ProposalBranch } from './proposals';
import { Refusal } from './refusal';
import { withWorktree } from './worktree';

/** Folders of a project, and where its merged state is. */
export interface ProjectOptions extends BaseOptions {
  /** Folder of the migrations, relative to the working directory. @default 'migrations' */
  readonly from?: string;
  /** Folder of the rendering. @default 'dist' */
  readonly to?: string;
}

/** What is merged, checked out apart: everything that proposals are made from. */
export interface MergedState {
  readonly base: Base;
  readonly from: string;
  readonly to: string;
  readonly migrations: readonly LoadedMigration[];
  readonly branches: readonly ProposalBranch[];
  /** git in a checkout of the base that nobody else works in. */
  readonly tree: Git;
  /** The project's folder in that checkout. */
  readonly folder: string;
}

/**
 * Looks at what is merged and lets a function make proposals from it.
 *
 * @throws Refusal where the working directory is not at what is merged, or `dist/` is not what it renders
 * @throws ConfigError where the migrations are not valid
 */
export async function withMergedState<T>(
  options: ProjectOptions,
  use: (state: MergedState) => Promise<T>,
): Promise<T> {
  const { from = 'migrations', to = 'dist' } = options;
  const base = await fetchBase(process.cwd(), options);
  await refuseOtherState(base, [from, to]);
  const migrations = loadMigrations(from);
  const branches = await listProposalBranches(base);
  return withWorktree(base.git, base.commit, async (tree) => {
    const state = { base, from, to, migrations, branches, tree, folder: join(tree.folder, base.prefix) };
    await refuseOtherRendering(state);
    return use(state);
  });
}

/** Refuses where `dist/` is not rendered from the migrations: a proposal would carry the difference. */
async function refuseOtherRendering(state: MergedState): Promise<void> {
  renderCheckout(state);
  const { tree, base, from, to } = state;
  if ((await tree.changed([join(base.prefix, to)])).length === 0) return;
  throw new Refusal(
    'rendering',
    `${to}/ is not what meshferry renders from ${from}/: a proposal would carry changes that are not its own`,
    '`meshferry synth`, and have the result merged first; an app of your own (main.ts) is not supported here',
  );
}

/** Renders the migrations as they are in the checkout. */
export function renderCheckout({ folder, from, to }: MergedState): void {
  renderMigrations({ from: join(folder, from), to: join(folder, to) });
}
