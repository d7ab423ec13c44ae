import { setTimeout as sleep } from 'node:timers/promises';
import { isPlausible } from '../binomial';
import { argocdKind } from '../gitops/argocd';
import type { ControllerKind } from '../gitops/controller';
import { fluxKind } from '../gitops/flux';
import { liveObjects, untilExact, untilWeights } from '../gitops/observe';
import { Lab } from '../lab';
import { Load } from '../load';
import { podsReady } from '../migration';
import { expect, PODS, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS } from '../walk';
import { walkTo } from './gitops-accidents';
import { withGitOps } from './gitops-walk';

/** A cluster is lost in mid-shift: a new one that syncs the same repository comes to the same split. */
const rebuild = (kind: ControllerKind): Scenario => {
  const name = `gitops rebuild: ${kind.name}`;
  return {
    name,
    system: kind.system,
    play: (context) =>
      withGitOps(context, name, kind, async (stage) => {
        const { project, lab, before } = stage;
        await walkTo(stage, 'shift-50');
        // The machine is a new one too: what it was is in no repository of ours.
        const vm = new Vm(lab, project, 'vm-rebuilt');
        await context.report.step(name, 'the cluster is lost', 'a new one knows of nothing', async () => {
          await lab.down();
          await Lab.up(lab.name);
          await vm.start();
          const there = await liveObjects(lab);
          expect(
            [...there].every((object) => before.has(object)),
            [...there].join(', '),
          );
          return `${there.size} objects, none of the migration`;
        });
        await context.report.step(name, 'synced anew', 'VM 50 %, pods 50 %, none failed', async () => {
          const controller = await kind.create(lab, project);
          try {
            const began = Date.now();
            await controller.bootstrap();
            await untilExact(lab, project, before);
            await untilWeights(lab, { vm: 50, kubernetes: 50 });
            const seconds = (Date.now() - began) / 1000;
            await podsReady(lab);
            await vm.join();
            await vm.serves();
            const load = new Load(lab, { ...LOADS.http, seconds: 60 });
            await sleep(1500);
            const seen = await load.during(5);
            await load.end();
            await vm.delete();
            expect(seen.failed === 0 && isPlausible(seen.answers[PODS] ?? 0, seen.total, 0.5), told(seen));
            return `routes of shift-50 ${seconds.toFixed(1)} s after the bootstrap; ${told(seen)}`;
          } finally {
            await controller.remove();
          }
        });
      }),
  };
};

export const fluxRebuild = rebuild(fluxKind);
export const argocdRebuild = rebuild(argocdKind);
