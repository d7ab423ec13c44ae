/**
 * Name of the ServiceAccount that the agents of a WorkloadGroup sign in as, or the agent of one machine alone. No name
 * of a machine holds a dot, so that two machines never share one.
 */
export function agentAccount(group: string, machine?: string): string {
  return machine === undefined ? `${group}-agent` : `${group}-agent.${machine}`;
}
