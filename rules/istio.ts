import type { Manifest } from '../manifests/manifest';
import { annotationRules } from './annotations';
import { peerAuthenticationRules, requestAuthenticationRules } from './authentication';
import { authorizationPolicyRules } from './authorization-policy';
import type { Broken, Rules } from './broken';
import { destinationRuleRules } from './destination-rule';
import { gatewayRules } from './gateway';
import { serviceEntryRules } from './service-entry';
import { sidecarRules } from './sidecar';
import { proxyConfigRules, telemetryRules } from './telemetry';
import { virtualServiceRules } from './virtual-service';
import { workloadEntryRules } from './workload-entry';
import { workloadGroupRules } from './workload-group';

/** What istiod's webhook refuses, by kind. */
const ISTIO_RULES: ReadonlyMap<string, Rules> = new Map([
  ['networking.istio.io/VirtualService', virtualServiceRules],
  ['networking.istio.io/DestinationRule', destinationRuleRules],
  ['networking.istio.io/Gateway', gatewayRules],
  ['networking.istio.io/ServiceEntry', serviceEntryRules],
  ['networking.istio.io/WorkloadEntry', workloadEntryRules],
  ['networking.istio.io/WorkloadGroup', workloadGroupRules],
  ['networking.istio.io/Sidecar', sidecarRules],
  ['networking.istio.io/ProxyConfig', proxyConfigRules],
  ['security.istio.io/AuthorizationPolicy', authorizationPolicyRules],
  ['security.istio.io/PeerAuthentication', peerAuthenticationRules],
  ['security.istio.io/RequestAuthentication', requestAuthenticationRules],
  ['telemetry.istio.io/Telemetry', telemetryRules],
]);

/** What istiod's webhook would refuse of an object; nothing for a kind that is none of Istio's. */
export function* brokenIstioRules(manifest: Manifest): Generator<Broken> {
  const group = String(manifest.apiVersion).split('/')[0];
  const rules = ISTIO_RULES.get(`${group}/${manifest.kind}`);
  if (!rules) return;
  yield* annotationRules(manifest);
  yield* rules(manifest);
}
