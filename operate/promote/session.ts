import { join } from 'node:path';
import { type LoadedMigration, loadMigrations } from '../../config';
import { renderMigrations } from '../../output';
import { type Base, type BaseOptions, fetchBase, refuseOtherState } from './base';
import type { Git } from './git';
import { listProposals, type Proposal } from './proposals';
import { Refusal } from './refusal';
import { withWorktree } from './worktree';

/** Folders of a project, and where its merged state is. */
export interface ProjectOptions extends BaseOptions {
  /** Folder of the migrations, relative to the working directory. @default 'migrations' */
  readonly from?: string;
  /** Folder of the rendering. @default 'dist' */
  readonly to?: string;
}

/** Everything that proposals are made from: the merged state, checked out apart. */
export interface Session {
  readonly base: Base;
  readonly from: string;
  readonly to: string;
  readonly migrations: readonly LoadedMigration[];
  readonly proposals: readonly Proposal[];
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
export async function withSession<T>(
  options: ProjectOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { from = 'migrations', to = 'dist' } = options;
  const base = await fetchBase(process.cwd(), options);
  await refuseOtherState(base, [from, to]);
  const migrations = loadMigrations(from);
  const proposals = await listProposals(base);
  return withWorktree(base.git, base.commit, async (tree) => {
    const session = { base, from, to, migrations, proposals, tree, folder: join(tree.folder, base.prefix) };
    await refuseOtherRendering(session);
    return use(session);
  });
}

/** Renders the checkout as it is: what changes afterwards is the proposal's doing alone. */
async function refuseOtherRendering(session: Session): Promise<void> {
  render(session);
  const differs = await session.tree.run([
    'status',
    '--porcelain',
    '--',
    join(session.base.prefix, session.to),
  ]);
  if (differs === '') return;
  throw new Refusal(
    'rendering',
    `${session.to}/ is not what meshferry renders from ${session.from}/: a proposal would carry changes that are not its own`,
    '`meshferry synth`, and have the result merged first; an app of your own (main.ts) is not supported here',
  );
}

/** Renders the session's checkout. */
export function render({ folder, from, to }: Session): void {
  renderMigrations({ from: join(folder, from), to: join(folder, to) });
}
