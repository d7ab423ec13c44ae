import type { End, Phase, Weights } from './phase';

/** What the plan depends on. */
export interface Plannable {
  readonly ends: End;
  /** Share of Kubernetes in each shift, in percent. */
  readonly steps: readonly number[];
  /** Absent: there are no pods. `existing`: pods serve before the VM joins. */
  readonly kubernetes?: { readonly existing?: boolean };
}

const BOTH = ['vm', 'kubernetes'] as const;

/**
 * The ordered phases of a migration. Neighbours differ so little that whichever of the changed objects reaches
 * the cluster first, every route has its subset and every weighted subset its endpoints.
 */
export function plan(migration: Plannable): readonly Phase[] {
  return migration.kubernetes?.existing ? besidePods(migration) : fromVm(migration);
}

/** The VM serves alone, then pods are added. */
function fromVm({ ends, steps }: Plannable): Phase[] {
  const onboard = phase('onboard', 'The VM joins the mesh and serves as before.', {
    pods: false,
    share: { vm: 100 },
  });
  // Without pods to come the second subset would have no version to select.
  if (ends === 'onboard') return [{ ...onboard, subsets: ['vm'] }];
  const before = [
    onboard,
    phase('pin', 'Routes send everything to the VM, before any pod exists.', {
      pods: false,
      weights: { vm: 100 },
    }),
    phase('deploy', 'Pods start; they get no traffic yet.', { weights: { vm: 100 } }),
  ];
  return [...before, ...shifts(ends, steps), ...ending(ends)];
}

/** Pods serve alone, then the VM is added. */
function besidePods({ ends, steps }: Plannable): Phase[] {
  const pods = { kubernetes: 100 };
  return [
    phase('prepare', 'Both sides can be told apart; nothing else changes.', { vm: false, share: pods }),
    phase('guard', 'Routes keep everything on the pods, before the VM joins.', {
      vm: false,
      weights: pods,
    }),
    phase('onboard', 'The VM joins the mesh; it gets no traffic yet.', { weights: pods }),
    ...shifts(ends, steps),
    ...ending(ends),
  ];
}

function shifts(ends: End, steps: readonly number[]): Phase[] {
  return steps.map((kubernetes, index) => {
    // At 0 the pods leave the VirtualService, as the VM does in `drain`: the phase after changes one object only.
    const weights = kubernetes === 0 ? { vm: 100 } : { vm: 100 - kubernetes, kubernetes };
    const last = index === steps.length - 1;
    return ends === 'split' && last
      ? phase('split', `Kubernetes gets ${kubernetes} %, and so it stays.`, { weights })
      : phase(`shift-${kubernetes}`, `Kubernetes gets ${kubernetes} %.`, { weights });
  });
}

function ending(ends: End): Phase[] {
  if (ends === 'done') {
    const gone = { vm: false, subsets: ['kubernetes'] as const };
    return [
      phase('drain', 'The VM leaves the routes.', { weights: { kubernetes: 100 } }),
      phase('retire', 'The VM leaves the mesh.', { ...gone, weights: { kubernetes: 100 } }),
      phase('release', 'The routes no longer name a side.', { ...gone, share: { kubernetes: 100 } }),
      phase('done', 'What told the sides apart goes; the service is an ordinary one.', {
        vm: false,
        subsets: [],
        share: { kubernetes: 100 },
      }),
    ];
  }
  if (ends === 'standby') {
    return [
      phase('arm', 'The DestinationRule learns to prefer the VM and fall over to the pods.', {
        failover: true,
        weights: { vm: 100 },
      }),
      phase('standby', 'The VM serves while it lives; pods take over when it dies.', {
        failover: true,
        share: { vm: 100 },
      }),
    ];
  }
  return [];
}

function phase(
  name: string,
  summary: string,
  differs: Partial<Omit<Phase, 'name' | 'summary' | 'share'>> & { readonly share?: Weights },
): Phase {
  const { share = differs.weights, ...rest } = differs;
  return {
    name,
    summary,
    vm: true,
    pods: true,
    subsets: BOTH,
    failover: false,
    ...rest,
    share: { vm: share?.vm ?? 0, kubernetes: share?.kubernetes ?? 0 },
  };
}
