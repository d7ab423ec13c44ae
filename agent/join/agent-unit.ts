import type { Paths } from '../paths';

/** Name of the agent's own unit. */
export const AGENT_UNIT = 'meshferry-agent';

/**
 * Node's options for a process that mostly waits: no compiler, no threads of V8's, small heaps that are tidied early,
 * and no start from a snapshot, whose pages would stay. It starts 0.05 s later, and takes a tenth less memory.
 * Without a compiler no page is ever both writable and executable, which the unit forbids.
 */
const IDLE = [
  '--jitless',
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--v8-pool-size=0',
  '--no-node-snapshot',
  '--expose-gc',
] as const;

/**
 * What the agent needs of root: to replace files of `istio-proxy` (CHOWN, DAC_OVERRIDE, FOWNER), and to change capture
 * rules and end connections to istiod (NET_ADMIN; NET_RAW is for iptables-legacy).
 */
const CAPABILITIES = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_NET_ADMIN', 'CAP_NET_RAW'] as const;

/** Every place that the background agent writes to; a path that begins with `-` may be missing. */
function writable({ etc, hosts, istio }: Paths): string[] {
  return [
    etc,
    hosts,
    SECRETS,
    XTABLES_LOCK,
    '-/etc/istio',
    '-/etc/certs',
    '-/var/lib/istio',
    `-${istio.logs}`,
  ];
}

/** Where Istio looks for its token; empty after a reboot, as all of /run. */
const SECRETS = '/run/secrets';
/** iptables holds it while it changes rules. */
const XTABLES_LOCK = '/run/xtables.lock';

/**
 * The unit of the background agent. The kernel reclaims memory above 96 MB, and systemd restarts the process above
 * 192 MB. Its output goes to the journal.
 *
 * Everything that the agent does not need is closed to it; docs/explanation/security.md says why the rest stays open. A file
 * that the unit may write is a mount of its own inside the unit, so it has to exist when the unit starts: the lines
 * with `+` run outside of the sandbox.
 */
export function agentUnit(program: string, paths: Paths): string {
  return `[Unit]
Description=meshferry agent: keeps this machine in the mesh
Documentation=https://istio.io/latest/docs/ops/deployment/vm-architecture/
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=+/bin/mkdir -p -m 0755 ${SECRETS}
ExecStartPre=+/bin/touch ${XTABLES_LOCK}
ExecStart=${program} "--node-options=${IDLE.join(' ')}" run
Environment=UV_THREADPOOL_SIZE=1 MALLOC_ARENA_MAX=1
Restart=always
RestartSec=2
MemoryHigh=96M
MemoryMax=192M
TasksMax=64
LimitCORE=0
UMask=0077
OOMPolicy=continue

CapabilityBoundingSet=${CAPABILITIES.join(' ')}
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${writable(paths).join(' ')}
StateDirectory=meshferry
StateDirectoryMode=0700
RuntimeDirectory=meshferry
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
