import type { Migration } from '../config';

/** What the agents of a group's machines are asked; each query yields one number, or nothing. */
export interface MachineQueries {
  /** 1: every machine gets traffic; 0: one does not. */
  readonly healthy: string;
  /** Seconds until the first of their certificates ends. */
  readonly certificate: string;
  /** Seconds until the first of the tokens ends that agents sign in with. */
  readonly token: string;
}

/** The queries for a migration's machines, whose agents tell which group they are of. */
export function machineQueries({ namespace, vm }: Migration): MachineQueries {
  const ofGroup = `on (instance, job) meshferry_agent_info{namespace="${namespace}",workload_group="${vm.group}"}`;
  const left = (what: string) => `min((meshferry_agent_${what}_expiry_seconds - time()) * ${ofGroup})`;
  return {
    healthy: `min(meshferry_agent_healthy * ${ofGroup})`,
    certificate: left('certificate'),
    token: left('bearer_token'),
  };
}
