import { join } from 'node:path';

/** Every place on the machine that the agent reads or writes. */
export interface Paths {
  /** Folder of the agent's configuration. */
  readonly etc: string;
  readonly config: string;
  /** Certificate of the authority that signs the API server's certificate. */
  readonly apiServerCa: string;
  /** The agent's own token, mode 0600. */
  readonly bearerToken: string;
  /** Folder of the agent's state: the journal, and backups of changed files. */
  readonly state: string;
  readonly journal: string;
  readonly backups: string;
  /** Downloads, on the file system to which packages are installed. */
  readonly cache: string;
  /** Folder of the lock; empty after a reboot. */
  readonly run: string;
  readonly lock: string;
  /** The unit that the agent writes, where no package brought one. */
  readonly unit: string;
  /** Where the install line puts the program. */
  readonly program: string;
  /** What the deb and the rpm install; the package manager's to change. */
  readonly packaged: { readonly unit: string; readonly program: string };
  readonly hosts: string;
  readonly osRelease: string;
  /** Folder that exists if systemd runs the machine: sd_booted(3). */
  readonly systemd: string;
  /** Where the Istio package reads the files of `istioctl x workload entry configure`. */
  readonly istio: {
    readonly mesh: string;
    readonly clusterEnv: string;
    readonly rootCert: string;
    readonly token: string;
    readonly logs: string;
    /** The certificate chain that pilot-agent keeps, renewed at half its life. */
    readonly certChain: string;
    /** Folders that Istio's start script reads as root, and those above: nobody but root may write them. */
    readonly sourced: readonly string[];
    /** Folder of what Envoy keeps, such as Wasm modules. */
    readonly data: string;
    /** Folders that belong to the user istio-proxy. */
    readonly owned: readonly string[];
  };
}

/**
 * @param root folder that stands for `/`, for tests
 */
export function pathsUnder(root = '/'): Paths {
  const at = (path: string) => join(root, path);
  return {
    etc: at('etc/meshferry'),
    config: at('etc/meshferry/agent.yaml'),
    apiServerCa: at('etc/meshferry/api-server-ca.pem'),
    bearerToken: at('etc/meshferry/bearer-token'),
    state: at('var/lib/meshferry'),
    journal: at('var/lib/meshferry/journal.json'),
    backups: at('var/lib/meshferry/before'),
    cache: at('var/cache/meshferry'),
    run: at('run/meshferry'),
    lock: at('run/meshferry/lock'),
    unit: at('etc/systemd/system/meshferry-agent.service'),
    program: at('usr/local/bin/meshferry-agent'),
    packaged: {
      unit: at('usr/lib/systemd/system/meshferry-agent.service'),
      program: at('usr/bin/meshferry-agent'),
    },
    hosts: at('etc/hosts'),
    osRelease: at('etc/os-release'),
    systemd: at('run/systemd/system'),
    istio: {
      mesh: at('etc/istio/config/mesh'),
      clusterEnv: at('var/lib/istio/envoy/cluster.env'),
      rootCert: at('etc/certs/root-cert.pem'),
      token: at('var/run/secrets/tokens/istio-token'),
      logs: at('var/log/istio'),
      certChain: at('etc/certs/cert-chain.pem'),
      sourced: ['var/lib/istio', 'var/lib/istio/envoy'].map(at),
      data: at('var/lib/istio/data'),
      owned: [
        ...[
          'var/lib/istio/config',
          'var/lib/istio/proxy',
          'var/lib/istio/data',
          'etc/istio/config',
          'etc/istio/proxy',
        ],
        ...['etc/certs', 'var/run/secrets', 'var/log/istio'],
      ].map(at),
    },
  };
}
