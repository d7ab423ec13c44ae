import { brokenIstioRules } from '../../rules/istio';
import type { ManifestCheck } from './check';
import { withoutKnown } from './known-places';

/** A check that istiod's webhook takes the objects of some kinds. */
function istioCheck(id: string, kinds: readonly string[]): ManifestCheck {
  return {
    id,
    title: `istiod takes every ${kinds.join(' and ')}`,
    istio: ['IST0106'],
    needs: 'files',
    run: function* (objects) {
      for (const entry of objects.entries)
        if (kinds.includes(entry.kind))
          for (const problem of withoutKnown(entry.manifest, brokenIstioRules(entry.manifest)))
            yield { entry, ...problem };
    },
  };
}

/** What istiod's webhook refuses, by kind. */
export const ISTIO_CHECKS: readonly ManifestCheck[] = [
  istioCheck('MF111', ['VirtualService']),
  istioCheck('MF112', ['DestinationRule']),
  istioCheck('MF113', ['Gateway']),
  istioCheck('MF114', ['ServiceEntry']),
  istioCheck('MF115', ['WorkloadEntry', 'WorkloadGroup']),
  istioCheck('MF116', ['Sidecar']),
  istioCheck('MF117', ['AuthorizationPolicy']),
  istioCheck('MF118', ['PeerAuthentication', 'RequestAuthentication']),
  istioCheck('MF119', ['Telemetry', 'ProxyConfig']),
];
