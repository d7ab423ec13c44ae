import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { MeshInput, MigrationInput } from '../../../config';
import { Repository } from '../migration';

const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');

/** What the program printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository that is pushed to a bare one, moved by nothing but the program's commands, git merge and git revert. */
export class Project extends Repository {
  /** The bare repository that a controller syncs from. */
  readonly origin = mkdtempSync(join(tmpdir(), 'meshferry-e2e-origin-'));

  /**
   * @param gitops what syncs it, by the folder of the bare repository; undefined: something else does
   * @param facts of the mesh
   */
  constructor(
    declared: MigrationInput,
    gitops: (origin: string) => MeshInput['gitops'],
    facts: MeshInput = { istio: '1.30' },
  ) {
    super(declared);
    const mesh = { ...facts, gitops: gitops(this.origin) };
    writeFileSync(join(this.folder, 'migrations/mesh.yaml'), stringify(mesh));
    this.render(declared.phase);
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('config', 'user.name', 'e2e');
    this.git('config', 'user.email', 'e2e@example.com');
    writeFileSync(join(this.folder, '.git/info/exclude'), 'state/\nnode_modules/\n'); // beside the project, and not of it
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.origin]);
    this.git('remote', 'add', 'origin', this.origin);
    this.git('add', '--all');
    this.git('commit', '--quiet', '-m', 'Start');
    this.push();
  }

  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  push(): void {
    this.git('push', '--quiet', 'origin', 'main');
  }

  /** Name of the current phase. */
  get phase(): string {
    return parse(readFileSync(join(this.folder, 'migrations/analytics.yaml'), 'utf8')).phase;
  }

  /** The commit that controllers see. */
  get merged(): string {
    return execFileSync('git', ['rev-parse', 'main'], { cwd: this.origin, encoding: 'utf8' }).trim();
  }

  /** Runs the program as a person does. */
  meshferry(args: readonly string[], env: Readonly<Record<string, string>> = {}): Printed {
    try {
      const options = {
        cwd: this.folder,
        env: { ...process.env, ...env },
        encoding: 'utf8',
        stdio: 'pipe',
      } as const;
      return { code: 0, stdout: execFileSync(process.execPath, [PROGRAM, ...args], options), stderr: '' };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, stdout, stderr };
    }
  }

  /**
   * Proposes a move and merges it, without pushing.
   *
   * @returns the phase that it moved to
   */
  propose(args: readonly string[], env?: Readonly<Record<string, string>>): string {
    const { code, stdout, stderr } = this.meshferry([...args, '--json'], env);
    if (code !== 0) throw new Error(`meshferry ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    const [{ branch, to }] = JSON.parse(stdout) as [{ branch: string; to: string }];
    this.git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, branch);
    return to;
  }

  override remove(): void {
    super.remove();
    rmSync(this.origin, { recursive: true, force: true });
  }
}
