import { ORDER_CHECKS } from '../phases';
import { ownAccount } from './accounts';
import type { ManifestCheck } from './check';
import { watchedRoutes } from './gateway-api';
import { gatewayPorts, gatewayProxies, oneGatewayForAHost } from './gateways';
import { ISTIO_CHECKS } from './istio-rules';
import { KUBERNETES_CHECKS } from './kubernetes-rules';
import { takenByMachines } from './machines';
import { ambientMtls, ambientTunnel, oneInjectionLabel, otherUsers, selectingPolicies } from './mesh-members';
import { namedNamespaces } from './namespaces';
import { addressedPorts, agreeingServiceEntries, verifiedServers } from './outbound';
import { destinationHosts, gateways, ruleHosts, subsets } from './references';
import { celRules, fittingValues, knownFields, oneOfEach } from './schema';
import { destinationPorts, injectedNamespaces, portProtocols, sharedPorts, targetPorts } from './services';
import { oneSidecar } from './sidecars';
import { oneSubsetEach, permissiveForVmOnly, selectedByService, subsetEndpoints } from './sides';
import { effectiveMatches, hostsInGateway, oneForAHost, reachableRoutes, weights } from './virtual-services';
import { visibleHosts } from './visibility';
import { reasonedSuppressions, repeatedKeys } from './writing';

export type { ManifestCheck } from './check';

/** Every check over the objects of one cluster at one moment, by id. Those over phases are in ../phases.ts. */
export const CHECKS: readonly ManifestCheck[] = [
  repeatedKeys,
  reasonedSuppressions(() => [...CHECKS, ...ORDER_CHECKS].map(({ id }) => id)),
  knownFields,
  fittingValues,
  celRules,
  oneOfEach,
  ...ISTIO_CHECKS,
  ...KUBERNETES_CHECKS,
  destinationHosts,
  subsets,
  gateways,
  ruleHosts,
  oneForAHost,
  hostsInGateway,
  injectedNamespaces,
  visibleHosts,
  oneGatewayForAHost,
  gatewayPorts,
  oneInjectionLabel,
  otherUsers,
  oneSidecar,
  gatewayProxies,
  portProtocols,
  destinationPorts,
  sharedPorts,
  targetPorts,
  agreeingServiceEntries,
  addressedPorts,
  reachableRoutes,
  effectiveMatches,
  weights,
  verifiedServers,
  subsetEndpoints,
  oneSubsetEach,
  selectedByService,
  permissiveForVmOnly,
  selectingPolicies,
  namedNamespaces,
  takenByMachines,
  ownAccount,
  watchedRoutes,
  ambientMtls,
  ambientTunnel,
];
