import { argocdKind } from '../e2e/gitops/argocd';
import type { Controller } from '../e2e/gitops/controller';
import { fluxKind } from '../e2e/gitops/flux';
import type { Project } from '../e2e/gitops/project';
import { eventually, type Lab } from '../e2e/lab';
import { changes, type Rendered } from '../e2e/migration';
import type { Narrator } from './narrator';

/** What brings merged commits into the cluster. */
export const SYNCS = ['apply', 'flux', 'argocd'] as const;
export type SyncName = (typeof SYNCS)[number];

/** Brings the merged commit into the cluster, and returns once it is there. */
export interface Sync {
  readonly now: (narrator: Narrator) => Promise<void>;
  readonly end: () => Promise<void>;
}

const CONTROLLERS = { flux: fluxKind, argocd: argocdKind } as const;

/** What the mesh declares for a sync: undefined where kubectl does it. */
export function gitopsOf(sync: SyncName) {
  return sync === 'apply' ? () => undefined : CONTROLLERS[sync].gitops;
}

/** Names of test/system.js that a sync needs. */
export function systemOf(sync: SyncName): readonly string[] {
  return sync === 'apply' ? [] : (CONTROLLERS[sync].system ?? []);
}

/** Sets a sync up. */
export async function startSync(name: SyncName, lab: Lab, project: Project): Promise<Sync> {
  return name === 'apply'
    ? byKubectl(project)
    : byController(project, await CONTROLLERS[name].create(lab, project));
}

/** As a controller does it: applies every layer's folder, then prunes what is no longer in it. */
function byKubectl(project: Project): Sync {
  let applied: readonly Rendered[] = [];
  return {
    async now(narrator) {
      const objects = project.objects();
      const gone = changes(applied, objects).filter(({ remove }) => remove);
      applied = objects;
      const layers = ['vm', 'workload', 'routing'].map((layer) => `-f dist/analytics/${layer}`);
      await narrator.sh(`kubectl apply ${layers.join(' ')} | grep -v unchanged || true`);
      for (const { object } of gone) {
        const { kind, metadata } = object;
        await narrator.sh(`kubectl -n ${metadata.namespace} delete ${kind} ${metadata.name} --wait=false`);
      }
    },
    end: async () => {},
  };
}

function byController(project: Project, controller: Controller): Sync {
  let isFirst = true;
  return {
    async now(narrator) {
      if (isFirst) await controller.bootstrap();
      isFirst = false;
      const commit = project.merged;
      const took = await eventually(`${controller.name} has synced ${commit.slice(0, 7)}`, 120, () =>
        controller.isSynced(commit),
      );
      narrator.show(`${controller.name} has synced ${commit.slice(0, 7)} after ${took.toFixed(1)} s`);
    },
    end: () => controller.remove(),
  };
}
