import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderMigrations } from '../../output';
import { setPhase } from './phase-edit';
import type { Observer } from './promote';
import { NO_FORGE } from './since';

/** Nothing can be seen, nothing is asked for: what a machine without a cluster and without Prometheus has. */
export const BLIND: Observer = {
  vm: async () => ({ is: 'unseen', serving: 0, detail: 'no cluster' }),
  gate: async () => undefined,
  mergeTime: NO_FORGE,
};

/** A bare repository with a project in it, and a clone to work in. The working directory is the project. */
export class TestRepository {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-test-')));
  readonly origin = join(this.root, 'origin.git');
  readonly clone = join(this.root, 'clone');
  readonly #before = process.cwd();
  readonly #environment = { ...process.env };

  /**
   * @param migrations text by path below `migrations/`
   * @param prefix folder of the project in the repository
   */
  constructor(
    migrations: Readonly<Record<string, string>>,
    readonly prefix = '',
  ) {
    // Nobody's own configuration, name or hooks.
    Object.assign(process.env, {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.com',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    });
    mkdirSync(this.clone);
    this.git('init', '--quiet', '--bare', '--initial-branch=main', this.origin);
    this.git('clone', '--quiet', this.origin, '.');
    this.git('switch', '--quiet', '-c', 'main');
    mkdirSync(this.project, { recursive: true });
    process.chdir(this.project);
    const files = { 'mesh.yaml': 'istio: "1.24"\n', ...migrations };
    for (const [path, text] of Object.entries(files)) this.write(`migrations/${path}`, text);
    renderMigrations({ from: 'migrations', to: 'dist' });
    this.commit('Start');
  }

  get project(): string {
    return join(this.clone, this.prefix);
  }

  git(...args: string[]): string {
    // Named, since a test's process.env is not the one that programs get otherwise.
    const { env } = process;
    return execFileSync('git', args, { cwd: this.clone, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  write(path: string, text: string): void {
    const file = join(this.project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8');
  }

  /** Commits and pushes everything, with its time in seconds where that matters. */
  commit(message: string, seconds?: number): void {
    this.git('add', '--all');
    if (seconds !== undefined) process.env.GIT_COMMITTER_DATE = `${seconds} +0000`;
    this.git('commit', '--quiet', '-m', message);
    delete process.env.GIT_COMMITTER_DATE;
    this.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  /** Puts a migration into a phase, renders, commits and pushes. */
  moveTo(path: string, phase: string, seconds?: number): void {
    this.write(path, setPhase(this.read(path), phase));
    renderMigrations({ from: 'migrations', to: 'dist' });
    this.commit(`To ${phase}`, seconds);
  }

  /** Merges a branch as a forge does, and brings the clone up to date. */
  merge(branch: string, how: 'merge' | 'squash' = 'merge'): void {
    if (how === 'merge') this.git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, branch);
    else {
      this.git('merge', '--quiet', '--squash', branch);
      this.git('commit', '--quiet', '-m', `Squash ${branch}`);
    }
    this.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  remove(): void {
    process.chdir(this.#before);
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.#environment);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A migration's file, with a comment that has to survive; it may move on at once unless `more` says otherwise. */
export function declared(phase: string, more = ''): string {
  return `# the shop's own\nnamespace: demo\nphase: ${phase} # moved by meshferry\nports: {http: 80}\nkubernetes:\n  image: example/shop:1\n${more || 'gate: {soak: 0s}\n'}`;
}
