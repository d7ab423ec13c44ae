import { fields, text } from '../../manifests/manifest';
import type { ManifestCheck } from './check';

/** Policies of the mesh tell workloads apart by their accounts, and the agent may ask for tokens of this one. */
export const ownAccount: ManifestCheck = {
  id: 'MF702',
  title: 'a machine has an identity of its own',
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.of('WorkloadGroup', 'networking.istio.io')) {
      const account = text(fields(entry.spec.template).serviceAccount) || 'default';
      if (account !== 'default') continue;
      yield {
        entry,
        path: ['spec', 'template', 'serviceAccount'],
        message: `its machines have the identity of ${entry.namespace}/default, which every pod without an account of its own has too`,
        fix: 'declare a ServiceAccount for the workload, in a migration by vm.serviceAccount',
        severity: 'note',
      };
    }
  },
};
