/** Name of the agent's own unit. */
export const AGENT_UNIT = 'meshferry-agent';

/**
 * The unit of the background agent. It may use 96 MB before the kernel takes pages back, and is started anew if it
 * ever needs more; its lines go to the journal.
 */
export function agentUnit(program: string): string {
  return `[Unit]
Description=meshferry agent: keeps this machine in the mesh
Documentation=https://istio.io/latest/docs/ops/deployment/vm-architecture/
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=${program} run
# An idle watcher needs no compiler and no threads: without them it takes a fifth less memory.
Environment="NODE_OPTIONS=--jitless --max-semi-space-size=1 --max-old-space-size=64 --v8-pool-size=0"
Environment=UV_THREADPOOL_SIZE=1 MALLOC_ARENA_MAX=1
Restart=always
RestartSec=5
MemoryHigh=96M
MemoryMax=192M
TasksMax=64
LimitCORE=0
UMask=0077
OOMPolicy=continue

[Install]
WantedBy=multi-user.target
`;
}
