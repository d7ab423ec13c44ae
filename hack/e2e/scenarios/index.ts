import type { Scenario } from '../scenario';
import { adoptHost } from './adopt';
import { agentFaults } from './agent-faults';
import { agentInstall } from './agent-install';
import { agentIsolated } from './agent-isolated';
import { agentLife } from './agent-life';
import { agentOutages } from './agent-outages';
import { agentRetire } from './agent-retire';
import { agentRights } from './agent-rights';
import { agentRoots } from './agent-roots';
import { agentSsh } from './agent-ssh';
import { check, checkMachine } from './check';
import { docs } from './docs';
import { everyPhase } from './every-phase';
import { existingPods } from './existing-pods';
import { fromPackage } from './from-package';
import { gatewayApi, gatewayApiHostile, gatewayApiMove } from './gateway-api';
import { argocdAccidents, fluxAccidents } from './gitops-accidents';
import { discover } from './gitops-discover';
import { gitopsGate } from './gitops-gate';
import { argocdRebuild, fluxRebuild } from './gitops-rebuild';
import { argocdWalk, fluxWalk } from './gitops-walk';
import { hostileOrder } from './hostile-order';
import { split, standby } from './long-term';
import { onboarding } from './onboarding';
import { overSsh } from './over-ssh';
import { staleEntry } from './stale-entry';
import { stickySessions } from './sticky-sessions';
import { surveyMachine } from './survey';
import { twoMachines } from './two-machines';

/** Every scenario, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  onboarding,
  overSsh,
  agentInstall,
  everyPhase,
  hostileOrder,
  gatewayApi,
  gatewayApiHostile,
  gatewayApiMove,
  stickySessions,
  existingPods,
  adoptHost,
  split,
  standby,
  staleEntry,
  twoMachines,
  surveyMachine,
  check,
  checkMachine,
  fluxWalk,
  argocdWalk,
  fluxAccidents,
  argocdAccidents,
  discover,
  gitopsGate,
  fluxRebuild,
  argocdRebuild,
  agentLife,
  agentFaults,
  agentIsolated,
  agentRetire,
  agentSsh,
  agentRights,
  agentRoots,
  agentOutages,
  docs,
  fromPackage,
];
