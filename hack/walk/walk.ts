import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineMigration } from '../../config';
import { branchOf } from '../../operate/promote/proposals';
import type { Phase } from '../../plan/phase';
import { plan } from '../../plan/plan';
import { untilWeights } from '../e2e/gitops/observe';
import { Project } from '../e2e/gitops/project';
import { eventually, type Lab } from '../e2e/lab';
import { clean, NAMESPACE, podsReady } from '../e2e/migration';
import { labMesh } from '../lab/repository';
import { findInstallLine } from '../lib/install-line';
import { demoApp, walkThrough } from './demo';
import type { Narrator } from './narrator';
import { gitopsOf, type Sync, type SyncName, startSync } from './sync';
import type { Traffic } from './traffic';

const PROGRAM = resolve(__dirname, '../../bin/meshferry.js');
/** Until callers follow a change that shows in no weights. */
const SETTLE_MS = 2000;
/** The machine's name in the walk-through. */
export const VM = 'systemd-ubuntu';

/** A walk that is under way: its repository, its machine, what syncs it, and the load on the service. */
export class Walk {
  readonly phases: readonly Phase[];
  private sync: Sync | undefined;

  private constructor(
    private readonly lab: Lab,
    readonly project: Project,
    private readonly traffic: Traffic,
    private readonly by: SyncName,
  ) {
    this.phases = plan(defineMigration(walkThrough, 'analytics'));
  }

  /** Makes the repository: with the migration as it begins, rendered and pushed. */
  static begin(lab: Lab, traffic: Traffic, by: SyncName): Walk {
    const project = new Project(walkThrough, gitopsOf(by), labMesh(lab.name));
    // So that `npx meshferry` in it is this checkout's.
    const bin = join(project.folder, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(PROGRAM, join(bin, 'meshferry'));
    return new Walk(lab, project, traffic, by);
  }

  /** The line that installs the agent, as git holds it. */
  get installLine(): string {
    return findInstallLine(this.project.dist);
  }

  /** Deploys what a cluster with the demo application has: a Service, and pods that serve it. */
  async deployDemo(): Promise<void> {
    await this.lab.apply(demoApp(this.lab.variable('MESHFERRY_LAB_APP_IMAGE')));
    await podsReady(this.lab);
  }

  /** Syncs the first phase. */
  async start(narrator: Narrator): Promise<void> {
    this.sync = await startSync(this.by, this.lab, this.project);
    await this.sync.now(narrator);
  }

  /** Moves one phase on: proposes it, merges it, has it synced, and looks at what the load gets. */
  async next(narrator: Narrator): Promise<Phase> {
    const now = this.phases.findIndex(({ name }) => name === this.project.phase);
    const phase = this.phases[now + 1];
    if (!phase || !this.sync) throw new Error('the walk is at its end, or has not begun');
    await narrator.sh('npx meshferry next analytics --forge none');
    const branch = branchOf('analytics', phase.name);
    await narrator.sh(
      `git merge --quiet --no-ff -m 'Merge ${branch}' ${branch} && git push --quiet origin main`,
    );
    await this.sync.now(narrator);
    if (phase.weights) await untilWeights(this.lab, phase.share);
    await sleep(SETTLE_MS);
    narrator.look(await this.traffic.measure(phase.name, phase.share.kubernetes / 100));
    return phase;
  }

  /** Waits until the client's Envoy has the machine as an endpoint, and its entry is healthy. */
  async joined(): Promise<void> {
    await eventually('the WorkloadEntry is healthy', 60, async () =>
      (await this.entries()).some(({ status }) =>
        status?.conditions?.some((each) => each.type === 'Healthy' && each.status === 'True'),
      ),
    );
  }

  /** Waits until the machine is no longer in the mesh. */
  async left(): Promise<void> {
    await eventually('the WorkloadEntry is gone', 120, async () => (await this.entries()).length === 0);
  }

  /** Takes away what is left of it. */
  async end(): Promise<void> {
    await this.sync?.end();
    await this.lab.run('docker', ['rm', '-f', VM]).catch(() => {});
    await clean(this.lab, this.project);
    this.project.remove();
  }

  private entries() {
    return this.lab.list<{
      readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      };
    }>('workloadentries', NAMESPACE);
  }
}
