import { setTimeout as sleep } from 'node:timers/promises';
import { defineMigration, type MigrationInput } from '../../../config';
import type { Phase } from '../../../plan/phase';
import { plan } from '../../../plan/plan';
import { isPlausible } from '../binomial';
import { argocdKind } from '../gitops/argocd';
import type { Controller, ControllerKind } from '../gitops/controller';
import { fluxKind } from '../gitops/flux';
import { liveObjects, untilExact, untilWeights } from '../gitops/observe';
import { Project } from '../gitops/project';
import { eventually } from '../lab';
import { Load, type Totals } from '../load';
import { clean, podsReady } from '../migration';
import { analytics, type Context, expect, PODS, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS } from '../walk';

const SETTLE_MS = 1500;
const MEASURE_SECONDS = 5;
const LONGEST_SECONDS = 900;

/** From `onboard` to `done` by nothing but `meshferry next`, merge and sync, under load. */
const walk = (kind: ControllerKind): Scenario => {
  const name = `gitops walk: ${kind.name}`;
  return {
    name,
    system: kind.system,
    play: (context) =>
      withGitOps(context, name, kind, async (stage) => {
        const { project, phases, lab, controller } = stage;
        await stage.startLoads();
        const seconds: number[] = [];
        for (const [index, phase] of phases.slice(1).entries()) {
          await context.report.step(name, phase.name, share(phase), async () => {
            project.propose(['next', 'analytics', '--no-cluster', '--forge', 'none']);
            project.push();
            const synced = await untilExact(lab, project, stage.before);
            const took = phase.weights ? synced + (await untilWeights(lab, phase.share)) : synced;
            // Where the split stays as it was, there is nothing to be timed.
            if (phase.weights && phases[index]?.share.vm !== phase.share.vm) seconds.push(took);
            if (phase.name === 'deploy') await podsReady(lab);
            const seen = await stage.measure(phase);
            // Before the next: where nothing but what stands behind the split changes, it was not waited for.
            await eventually('every layer is as merged', 60, () => controller.isSynced(project.merged));
            return `${seen}; ${took.toFixed(1)} s from push`;
          });
        }
        await context.report.step(name, 'what syncs goes', 'what it applied stays, none failed', async () => {
          const there = await liveObjects(lab);
          await controller.remove();
          await sleep(SETTLE_MS);
          const after = await liveObjects(lab);
          const gone = [...there].filter((object) => !after.has(object));
          expect(gone.length === 0, gone.join(', '));
          return `${there.size} objects stay`;
        });
        await stage.endLoads();
        await context.report.step(name, 'from push to split', 'median', async () => {
          const sorted = [...seconds].sort((a, b) => a - b);
          return `${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} s (${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)} s, ${sorted.length} moves)`;
        });
      }),
  };
};

export const fluxWalk = walk(fluxKind);
export const argocdWalk = walk(argocdKind);

function share({ share: { vm, kubernetes } }: Phase): string {
  return `VM ${vm} %, pods ${kubernetes} %, none failed, nothing but what is rendered`;
}

/** A machine that serves, a controller that syncs, and a repository at `onboard`. */
export interface Stage {
  readonly lab: Context['lab'];
  readonly project: Project;
  readonly controller: Controller;
  readonly vm: Vm;
  readonly phases: readonly Phase[];
  /** Variables with which the program sees the lab's cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Objects of the namespace that are nobody's here. */
  readonly before: ReadonlySet<string>;
  startLoads(): Promise<void>;
  /** Looks at what the loads get: the declared split, and none failed. */
  measure(phase: Phase): Promise<string>;
  endLoads(): Promise<void>;
}

/** Sets a stage, plays on it, and takes all of it away. */
export async function withGitOps(
  { lab, report }: Context,
  name: string,
  kind: ControllerKind,
  story: (stage: Stage) => Promise<void>,
  gate: MigrationInput['gate'] = { soak: '1s' },
): Promise<void> {
  const declared = { ...analytics(lab), gate };
  const project = new Project(declared, kind.gitops);
  const vm = new Vm(lab, project, `vm-${kind.name.toLowerCase().replaceAll(/\W/g, '')}`);
  const phases = plan(defineMigration(declared, 'analytics'));
  const before = await liveObjects(lab);
  let loads: { readonly label: string; readonly load: Load }[] = [];
  const controller = await kind.create(lab, project);
  try {
    await report.step(name, 'onboard', 'the layers are synced, and the VM serves', async () => {
      await controller.bootstrap();
      const seconds = await untilExact(lab, project, before);
      await vm.start();
      await vm.join();
      await vm.serves();
      return `synced in ${seconds.toFixed(1)} s`;
    });
    await story({
      lab,
      project,
      controller,
      vm,
      phases,
      before,
      environment: lab.environment,
      async startLoads() {
        loads = Object.entries(LOADS).map(([label, options]) => ({
          label,
          load: new Load(lab, { ...options, seconds: LONGEST_SECONDS }),
        }));
        await sleep(SETTLE_MS);
      },
      async measure(phase) {
        await sleep(SETTLE_MS);
        const seen = await Promise.all(loads.map(({ load }) => load.during(MEASURE_SECONDS)));
        const words = loads.map(({ label }, index) => `${label}: ${told(seen[index] as Totals)}`).join('; ');
        if (loads.some(({ load }) => load.failed > 0)) {
          const ended = await Promise.all(loads.map(({ load }) => load.end()));
          loads = [];
          const lost = ended.flatMap(({ failures }) => failures);
          expect(
            false,
            `${words}; failed so far: ${lost
              .slice(0, 5)
              .map((one) => JSON.stringify(one))
              .join(', ')}`,
          );
        }
        for (const totals of seen) {
          const isDeclared = isPlausible(
            totals.answers[PODS] ?? 0,
            totals.total,
            phase.share.kubernetes / 100,
          );
          expect(isDeclared, `${words}: not the split that is declared`);
        }
        return words;
      },
      async endLoads() {
        await report.step(name, 'all requests', 'none failed', async () => {
          const ended = await Promise.all(loads.map(({ load }) => load.end()));
          loads = [];
          const failed = ended.reduce((sum, totals) => sum + totals.failed, 0);
          const total = ended.reduce((sum, totals) => sum + totals.total, 0);
          expect(
            failed === 0,
            `${failed} of ${total} failed: ${ended
              .flatMap(({ failures }) => failures.map(({ reason }) => reason))
              .slice(0, 3)
              .join('; ')}`,
          );
          return `${total} requests, none failed`;
        });
      },
    });
  } finally {
    await Promise.all(loads.map(({ load }) => load.end().catch(() => {})));
    await controller.remove();
    await vm.delete();
    await clean(lab, project);
    project.remove();
  }
}
