import { setTimeout as sleep } from 'node:timers/promises';
import { argocdKind } from '../gitops/argocd';
import type { ControllerKind } from '../gitops/controller';
import { fluxKind } from '../gitops/flux';
import { untilExact, untilWeights } from '../gitops/observe';
import { eventually } from '../lab';
import { NAMESPACE, podsReady } from '../migration';
import { expect, type Scenario } from '../scenario';
import { type Stage, withGitOps } from './gitops-walk';

/** What goes wrong in the middle of a migration, and the way out of it, under load that must not notice. */
const accidents = (kind: ControllerKind): Scenario => {
  const name = `gitops accidents: ${kind.name}`;
  return {
    name,
    system: kind.system,
    play: (context) =>
      withGitOps(context, name, kind, async (stage) => {
        const { lab, project, controller, vm } = stage;
        const { report } = context;
        await walkTo(stage, 'shift-50');
        await stage.startLoads();
        await report.step(name, 'a weight changed by hand', 'is put right', async () => {
          await patchWeights(stage, 1, 99);
          const seconds = await eventually('the weights are those of git', 60, async () => {
            const path = 'jsonpath={.spec.http[0].route[*].weight}';
            const live = await lab.kubectl('get', 'virtualservice', 'analytics', '-n', NAMESPACE, '-o', path);
            return live === '50 50';
          });
          await untilWeights(lab, { vm: 50, kubernetes: 50 });
          return `${seconds.toFixed(1)} s after the edit; ${await stage.measure(phaseOf(stage, 'shift-50'))}`;
        });
        if (kind === argocdKind)
          await report.step(name, 'weights that Argo CD is told to ignore', 'the gate tells', () =>
            ignoredWeights(stage),
          );
        await report.step(name, 'the controller is killed in mid-sync', 'goes on where it was', async () => {
          const to = project.propose(next(), stage.environment);
          project.push();
          await sleep(400); // what it takes to see the commit, and not to be through with it
          await controller.kill();
          await stage.measure(await livePhase(stage, 'shift-50', to));
          await controller.start();
          const seconds = await untilWeights(lab, { vm: 25, kubernetes: 75 }, 120);
          return `${seconds.toFixed(1)} s from its start; ${await stage.measure(phaseOf(stage, to))}`;
        });
        await report.step(name, 'git revert', 'the old split', async () => {
          project.git('revert', '--no-edit', '--mainline', '1', 'HEAD');
          project.push();
          const seconds = await untilWeights(lab, { vm: 50, kubernetes: 50 });
          return `${seconds.toFixed(1)} s from push; ${await stage.measure(phaseOf(stage, 'shift-50'))}`;
        });
        await report.step(name, 'abort', 'all to the VM', async () => {
          const to = project.propose(['abort', 'analytics', '--forge', 'none'], stage.environment);
          project.push();
          const seconds = await untilWeights(lab, { vm: 100, kubernetes: 0 });
          return `${to}: ${seconds.toFixed(1)} s from push; ${await stage.measure(phaseOf(stage, to))}`;
        });
        await report.step(name, 'retire', 'the group and its kin are pruned', async () => {
          forget(stage); // branches of phases that are gone through a second time
          await walkTo(stage, 'retire');
          return `${(await untilExact(lab, project, stage.before)).toFixed(1)} s`;
        });
        await report.step(name, 'abort after retire', 'is refused: there is no VM', async () => {
          const { code, stderr } = project.meshferry(
            ['abort', 'analytics', '--forge', 'none'],
            stage.environment,
          );
          expect(code === 14, `exit code ${code}: ${stderr}`);
          return stderr.split('\n').find((line) => line.startsWith('✖')) ?? stderr;
        });
        await report.step(name, 'retire is reverted', 'the VM is back, and serves', async () => {
          project.git('revert', '--no-edit', '--mainline', '1', 'HEAD');
          project.push();
          const synced = await untilExact(lab, project, stage.before);
          const served = await vm.serves();
          return `objects after ${synced.toFixed(1)} s, an endpoint ${served.toFixed(1)} s later`;
        });
        await report.step(name, 'back to the VM', 'it gets its share again', async () => {
          for (const to of ['shift-100', 'shift-75']) {
            forget(stage);
            expect(
              project.propose(['back', 'analytics', '--forge', 'none'], stage.environment) === to,
              `not ${to}`,
            );
            project.push();
            const { vm: share, kubernetes } = phaseOf(stage, to).share;
            await untilWeights(lab, { vm: share, kubernetes });
          }
          return stage.measure(phaseOf(stage, 'shift-75'));
        });
        await stage.endLoads();
      }),
  };
};

export const fluxAccidents = accidents(fluxKind);
export const argocdAccidents = accidents(argocdKind);

const next = () => ['next', 'analytics', '--no-cluster', '--forge', 'none'];

/** A setting for all of Argo CD, as guides for rollouts recommend it, hides a move from it, but not from the gate. */
async function ignoredWeights(stage: Stage): Promise<string> {
  const { lab, project, controller } = stage;
  const ignore = async (ignored: string | null) => {
    const data = { 'resource.customizations.ignoreDifferences.networking.istio.io_VirtualService': ignored };
    const change = ['--type=merge', '-p', JSON.stringify({ data })];
    await lab.kubectl('patch', 'configmap', 'argocd-cm', '-n', 'argocd', ...change);
  };
  await ignore('jqPathExpressions: [".spec.http[].route[].weight", ".spec.tcp[].route[].weight"]');
  const to = project.propose(next(), stage.environment);
  project.push();
  await eventually('Argo CD calls the commit synced', 60, () => controller.isSynced(project.merged));
  await untilWeights(lab, { vm: 50, kubernetes: 50 }, 1);
  const { code, stdout } = project.meshferry(['gate', 'analytics'], stage.environment);
  const told = /WAIT .*: routes: VirtualService .*weight is \d+, not \d+/.exec(stdout)?.[0];
  expect(code === 4 && told !== undefined, `exit code ${code}: ${stdout}`);
  await ignore(null);
  // What Argo CD compared under the old setting it keeps until it is told to look, or three minutes.
  const refresh = ['--all', '-n', 'argocd', '--overwrite', 'argocd.argoproj.io/refresh=hard'];
  await lab.kubectl('annotate', 'applications', ...refresh);
  const { vm, kubernetes } = phaseOf(stage, to).share;
  await untilWeights(lab, { vm, kubernetes });
  project.git('revert', '--no-edit', '--mainline', '1', 'HEAD');
  project.push();
  await untilWeights(lab, { vm: 50, kubernetes: 50 });
  forget(stage);
  return `${told}; ${await stage.measure(phaseOf(stage, 'shift-50'))}`;
}

/** Walks on to a phase, each phase synced before the next. */
export async function walkTo(
  { lab, project, before, phases, environment }: Stage,
  name: string,
): Promise<void> {
  for (let to = ''; to !== name; ) {
    to = project.propose(next(), environment);
    project.push();
    await untilExact(lab, project, before);
    const phase = phases.find((one) => one.name === to);
    if (phase?.weights) await untilWeights(lab, phase.share);
    if (phase?.pods) await podsReady(lab);
  }
}

/** Removes the branches of proposals, as a forge does when they are merged. */
function forget({ project }: Stage): void {
  const branches = project.git('branch', '--list', 'meshferry/*', '--format=%(refname:short)');
  for (const branch of branches.split('\n').filter(Boolean)) project.git('branch', '--quiet', '-D', branch);
}

function phaseOf({ phases }: Stage, name: string) {
  const phase = phases.find((one) => one.name === name);
  if (!phase) throw new Error(`no phase ${name}`);
  return phase;
}

/** The one of two phases whose weights are live. */
async function livePhase(stage: Stage, a: string, b: string) {
  const { vm, kubernetes } = phaseOf(stage, b).share;
  const isB = await untilWeights(stage.lab, { vm, kubernetes }, 1).then(
    () => true,
    () => false,
  );
  return phaseOf(stage, isB ? b : a);
}

async function patchWeights({ lab }: Stage, vm: number, pods: number): Promise<void> {
  const changes = [vm, pods].map((value, index) => ({
    op: 'replace',
    path: `/spec/http/0/route/${index}/weight`,
    value,
  }));
  await lab.kubectl(
    'patch',
    'virtualservice',
    'analytics',
    '-n',
    NAMESPACE,
    '--type=json',
    '-p',
    JSON.stringify(changes),
  );
}
