import { routesAsInGit } from '../../gate/live';
import type { Facts } from '../facts';
import { broken, good, type Look } from '../hop';

/** Whether the routes are those that git declares, whatever else is right about them. */
export function git({ objects, loaded, phase }: Facts): Look {
  const { outcome, value } = routesAsInGit({ objects }, loaded, phase);
  return outcome === 'go'
    ? good(`the routes are those of ${phase.name}`)
    : broken(
        `the routes are not those of ${phase.name}: ${value}`,
        'sync the routing layer (flux reconcile kustomization, argocd app sync); if they change again, see by whom: kubectl get virtualservice --show-managed-fields -o yaml',
      );
}
