import { ADDRESSES } from '../addresses';
import { CONTAINERD_SOCKET } from './configs';
import type { Layout } from './layout';

/** A program that runs in the lab for as long as the lab does. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** A shell command that ends with 0 once the component answers. */
  readonly probe: string;
}

const ETCD = 'http://127.0.0.1:2379';

/** Identities that a kubeconfig is made for; `admin` is the one for people. */
export const IDENTITIES = ['admin', 'controller-manager', 'scheduler', 'kubelet', 'proxy'] as const;

/** The kubeconfig of one of {@link IDENTITIES}. */
export function kubeconfigOf(lab: Layout, identity: (typeof IDENTITIES)[number]): string {
  return identity === 'admin' ? lab.kubeconfig : `${lab.pki}/${identity}.kubeconfig`;
}

/**
 * The programs of a one-node cluster and of the engine that runs VMs, by name.
 *
 * @param servers folder of the Kubernetes binaries
 * @param kubectl path of kubectl
 */
export function components(lab: Layout, servers: string, kubectl: string, source: string) {
  const pki = (file: string) => `${lab.pki}/${file}`;
  const health = (port: number, path = 'healthz', scheme = 'http') =>
    `curl --fail --insecure --silent --max-time 3 ${scheme}://127.0.0.1:${port}/${path}`;
  return {
    etcd: {
      name: 'etcd',
      command: [
        'etcd',
        ...['--data-dir', `${lab.state}/etcd`],
        ...['--listen-client-urls', ETCD, '--advertise-client-urls', ETCD],
        '--unsafe-no-fsync', // a lab that dies is started anew
      ],
      probe: health(2379, 'health'),
    },
    apiserver: {
      name: 'kube-apiserver',
      command: [
        `${servers}/kube-apiserver`,
        ...['--etcd-servers', ETCD],
        ...['--bind-address', '0.0.0.0', '--secure-port', '6443', '--advertise-address', ADDRESSES.node],
        ...['--tls-cert-file', pki('apiserver.crt'), '--tls-private-key-file', pki('apiserver.key')],
        ...['--client-ca-file', pki('ca.crt')],
        ...['--service-account-issuer', 'https://kubernetes.default.svc.cluster.local'],
        ...['--service-account-key-file', pki('service-accounts.pub')],
        ...['--service-account-signing-key-file', pki('service-accounts.key')],
        ...['--authorization-mode', 'Node,RBAC'],
        ...['--service-cluster-ip-range', ADDRESSES.services],
        '--allow-privileged',
        // by address: the node's name is in no DNS
        ...['--kubelet-preferred-address-types', 'InternalIP'],
        ...['--kubelet-client-certificate', pki('apiserver-kubelet-client.crt')],
        ...['--kubelet-client-key', pki('apiserver-kubelet-client.key')],
      ],
      probe: `${kubectl} --kubeconfig ${lab.kubeconfig} get --raw /readyz`,
    },
    controllerManager: {
      name: 'kube-controller-manager',
      command: [
        `${servers}/kube-controller-manager`,
        ...['--kubeconfig', kubeconfigOf(lab, 'controller-manager')],
        ...['--service-account-private-key-file', pki('service-accounts.key')],
        ...['--root-ca-file', pki('ca.crt')],
        ...['--cluster-signing-cert-file', pki('ca.crt'), '--cluster-signing-key-file', pki('ca.key')],
        '--use-service-account-credentials',
        '--leader-elect=false',
      ],
      probe: health(10257, 'healthz', 'https'),
    },
    scheduler: {
      name: 'kube-scheduler',
      command: [
        `${servers}/kube-scheduler`,
        ...['--kubeconfig', kubeconfigOf(lab, 'scheduler')],
        '--leader-elect=false',
      ],
      probe: health(10259, 'healthz', 'https'),
    },
    containerd: {
      name: 'containerd',
      command: ['containerd', '--config', `${lab.configs}/containerd.toml`],
      probe: `ctr --address ${CONTAINERD_SOCKET} version`,
    },
    kubelet: {
      name: 'kubelet',
      command: [
        `${servers}/kubelet`,
        ...['--config', `${lab.configs}/kubelet.yaml`],
        ...['--kubeconfig', kubeconfigOf(lab, 'kubelet')],
        ...['--hostname-override', 'lab', '--node-ip', ADDRESSES.node],
        ...['--root-dir', `${lab.state}/kubelet`],
      ],
      probe: health(10248),
    },
    proxy: {
      name: 'kube-proxy',
      command: [
        `${servers}/kube-proxy`,
        ...['--kubeconfig', kubeconfigOf(lab, 'proxy')],
        ...['--hostname-override', 'lab', '--proxy-mode', 'iptables', '--cluster-cidr', ADDRESSES.pods],
        // these would write sysctls that belong to the whole machine
        ...['--conntrack-max-per-core', '0', '--conntrack-tcp-timeout-established', '0s'],
        ...['--conntrack-tcp-timeout-close-wait', '0s'],
      ],
      probe: health(10256),
    },
    loadBalancer: {
      name: 'load-balancer',
      command: ['bash', `${source}/load-balancer.sh`, ADDRESSES.loadBalancerPrefix],
      probe: `kill -0 $(cat ${lab.run}/load-balancer.pid)`,
    },
    podman: {
      name: 'podman',
      command: ['podman', 'system', 'service', '--time=0', `unix://${lab.dockerSocket}`],
      probe: `curl --fail --silent --max-time 3 --unix-socket ${lab.dockerSocket} http://podman/_ping`,
    },
    heartbeat: {
      name: 'heartbeat',
      command: ['bash', `${source}/heartbeat.sh`, lab.state, 'forever'],
      probe: `kill -0 $(cat ${lab.run}/heartbeat.pid)`,
    },
  } satisfies Record<string, Component>;
}
