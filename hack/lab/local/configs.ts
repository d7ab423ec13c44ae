import { ADDRESSES, VM_NETWORKS, type VmNetwork } from '../addresses';
import type { Layout } from './layout';

/** Where Debian puts the network plugins. */
const CNI_PLUGINS = '/usr/lib/cni';

/** containerd's socket inside the lab. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** Every configuration file of a lab, by its path below configs/. `store` is podman's read-only image store. */
export function configFiles(lab: Layout, store: string): Record<string, string> {
  return {
    'containerd.toml': containerd(lab),
    'cni/10-lab.conflist': podNetwork(),
    'kubelet.yaml': kubelet(lab),
    'resolv.conf': `nameserver ${ADDRESSES.node}\n`,
    'containers.conf': podman(lab),
    'storage.conf': podmanStorage(lab, store),
    ...Object.fromEntries(
      VM_NETWORKS.map((network) => [`networks/${network.name}.conflist`, vmNetwork(network)]),
    ),
  };
}

/** Variables that make podman this lab's own. */
export function podmanEnvironment(lab: Layout): Record<string, string> {
  return {
    CONTAINERS_CONF: `${lab.configs}/containers.conf`,
    CONTAINERS_STORAGE_CONF: `${lab.configs}/storage.conf`,
    TMPDIR: lab.temporary,
  };
}

function containerd(lab: Layout): string {
  return `version = 2
root = "${lab.state}/containerd"
state = "/run/containerd"
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  # a process may not always be made less likely to be killed than its parent was
  restrict_oom_score_adj = true
  sandbox_image = "localhost/lab/pause:dev"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${lab.configs}/cni"
`;
}

// A routed link for every pod rather than one bridge: calls between two pods through a Service then pass iptables
// on their way back too, without the kernel's br_netfilter.
function podNetwork(): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet: ADDRESSES.pods }]], routes: [{ dst: '0.0.0.0/0' }] };
  return json({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      { type: 'ptp', ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

// Without masquerading: pods see the VM's own address, as on a network that routes.
function vmNetwork({ name, bridge, subnet, gateway }: VmNetwork): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet, gateway }]], routes: [{ dst: '0.0.0.0/0' }] };
  return json({
    cniVersion: '0.4.0',
    name,
    plugins: [
      { type: 'bridge', bridge, isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'tuning' },
    ],
  });
}

function kubelet(lab: Layout): string {
  return json({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${lab.pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${lab.pki}/kubelet.crt`,
    tlsPrivateKeyFile: `${lab.pki}/kubelet.key`,
    cgroupDriver: 'cgroupfs',
    failSwapOn: false,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    clusterDNS: [ADDRESSES.dns],
    clusterDomain: 'cluster.local',
    resolvConf: `${lab.configs}/resolv.conf`,
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    podLogsDir: `${lab.state}/pod-logs`,
    // the lab may not lower a process's oom_score_adj; nothing else of this gate matters here
    featureGates: { KubeletInUserNamespace: true },
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
  });
}

function podman(lab: Layout): string {
  return `[containers]
default_ulimits = []
# nothing answers there, at once: a VM does not know the cluster's names unless its sidecar resolves them
dns_servers = ["${ADDRESSES.node}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "/run/libpod"
[network]
network_backend = "cni"
cni_plugin_dirs = ["${CNI_PLUGINS}"]
network_config_dir = "${lab.configs}/networks"
`;
}

function podmanStorage(lab: Layout, store: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${lab.state}/containers"
runroot = "/run/containers/storage"
[storage.options]
additionalimagestores = ["${store}"]
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
