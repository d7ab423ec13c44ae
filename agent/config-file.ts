import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { Failure } from './failure';
import { writeAtomically } from './machine/atomic-file';

/** What the agent is told, in /etc/meshferry/agent.yaml. No secret is in it. */
export interface AgentConfig {
  /** Tells this machine from others in logs and metrics; made by the first reconcile. */
  readonly uuid?: string;
  readonly workloadGroup?: { readonly namespace: string; readonly name: string };
  /**
   * Address that the mesh knows the machine by.
   *
   * @default - the address that the machine reaches the API server from; followed when it changes
   */
  readonly nodeIp?: string;
  /** Whether that address was on one of the machine's interfaces when it was set: then it is followed when it goes. */
  readonly nodeIpIsLocal?: boolean;
  readonly apiServer?: {
    /** `https://<host>[:<port>]` */
    readonly url: string;
  };
  readonly mesh: {
    /** Namespace of istiod. */
    readonly namespace: string;
    /** Revision of istiod; absent: unrevisioned. */
    readonly revision?: string;
    /** Name of the mesh-expansion gateway's Service, whose address is where the machine finds istiod. */
    readonly gatewayService: string;
    /** Address of istiod where there is no such gateway: a stable one, never a pod's. */
    readonly istiodAddress?: string;
  };
  readonly package: {
    /** Where the sidecar's package is; `{version}`, `{arch}` and `{type}` (deb or rpm) are filled in. */
    readonly url: string;
    /** Version of Istio, e.g. 1.22.3: that of the mesh. Absent: what the mesh's injector says. */
    readonly version?: string;
    /** SHA-256 of the package, in hex. Absent: that of `<url>.sha256`. */
    readonly sha256?: string;
  };
  /** TCP ports that Istio never captures, beside ssh's. */
  readonly keepPorts: readonly number[];
  /** Whether pilot-agent answers the machine's DNS queries, so that mesh names resolve. */
  readonly dnsCapture: boolean;
  /** Port of the metrics on 127.0.0.1; 0: none. */
  readonly metricsPort: number;
  /** Days that the agent's own token is asked for: so long may the machine be off and come back by itself. */
  readonly bearerTokenDays: number;
}

/** Istio's own downloads. */
export const ISTIO_PACKAGES =
  'https://storage.googleapis.com/istio-release/releases/{version}/{type}/istio-sidecar{arch}.{type}';

export const DEFAULTS: AgentConfig = {
  mesh: { namespace: 'istio-system', gatewayService: 'istio-eastwestgateway' },
  package: { url: ISTIO_PACKAGES },
  keepPorts: [],
  dnsCapture: true,
  metricsPort: 15098,
  bearerTokenDays: 30,
};

/** The configuration, its defaults filled in; the defaults alone where there is no file yet. */
export function loadConfig(file: string): AgentConfig {
  if (!existsSync(file)) return DEFAULTS;
  let told: Partial<AgentConfig>;
  try {
    told = (parse(readFileSync(file, 'utf8')) ?? {}) as Partial<AgentConfig>;
  } catch (error) {
    throw new Failure(
      'usage',
      `${file} is not YAML: ${firstLine(error)}`,
      'mend it, or remove it and set everything anew',
    );
  }
  const config: AgentConfig = {
    ...DEFAULTS,
    ...told,
    mesh: { ...DEFAULTS.mesh, ...told.mesh },
    package: { ...DEFAULTS.package, ...told.package },
  };
  check(config, file);
  return config;
}

/** Changes some of the configuration; all that differs from the defaults is written, the rest left out. */
export function changeConfig(file: string, change: (config: AgentConfig) => AgentConfig): AgentConfig {
  const config = change(loadConfig(file));
  check(config, file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeAtomically(file, stringify(withoutDefaults(config)), { mode: 0o644 });
  return config;
}

/** A configuration that says which group, and which API server. */
export interface CompleteConfig extends AgentConfig {
  readonly workloadGroup: NonNullable<AgentConfig['workloadGroup']>;
  readonly apiServer: NonNullable<AgentConfig['apiServer']>;
}

/** @throws Failure `usage` where something that no default can stand for was never set */
export function complete(config: AgentConfig): CompleteConfig {
  const { workloadGroup, apiServer } = config;
  if (!workloadGroup) {
    throw new Failure(
      'usage',
      'no WorkloadGroup is set',
      'say which: meshferry-agent set workload-group <namespace> <name>',
    );
  }
  if (!apiServer) {
    throw new Failure(
      'usage',
      'no API server is set',
      'say which: meshferry-agent set api-server <url> --ca <file> (the install script does)',
    );
  }
  return { ...config, workloadGroup, apiServer };
}

function withoutDefaults(config: AgentConfig): Record<string, unknown> {
  const differs = (value: object, defaults: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).filter(
        ([key, each]) => JSON.stringify(each) !== JSON.stringify((defaults as Record<string, unknown>)[key]),
      ),
    );
  const top = differs(config, DEFAULTS);
  if (top.mesh) top.mesh = differs(config.mesh, DEFAULTS.mesh);
  if (top.package) top.package = differs(config.package, DEFAULTS.package);
  return top;
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function check(config: AgentConfig, file: string): void {
  const wrong = (what: string, next: string): never => {
    throw new Failure('usage', `${what} (${file})`, next);
  };
  const { workloadGroup, nodeIp, apiServer, keepPorts } = config;
  if (workloadGroup && !(NAME.test(workloadGroup.namespace ?? '') && NAME.test(workloadGroup.name ?? ''))) {
    wrong(
      `workloadGroup "${workloadGroup.namespace}/${workloadGroup.name}" is no pair of Kubernetes names`,
      'set it anew: meshferry-agent set workload-group <namespace> <name>',
    );
  }
  if (nodeIp !== undefined && !isIP(nodeIp)) {
    wrong(
      `nodeIp ${JSON.stringify(nodeIp)} is no IP address`,
      'set it anew: meshferry-agent set node-ip <ip> (or `auto`)',
    );
  }
  if (apiServer && !/^https:\/\/[^/\s]+\/?$/.test(apiServer.url)) {
    wrong(
      `apiServer.url ${JSON.stringify(apiServer.url)} is not https://<host>[:<port>]`,
      'set it anew: meshferry-agent set api-server <url> --ca <file>',
    );
  }
  if (
    !Array.isArray(keepPorts) ||
    keepPorts.some((port) => !Number.isInteger(port) || port < 1 || port > 65535)
  ) {
    wrong('keepPorts must be a list of port numbers', 'set it anew: meshferry-agent set keep-ports 22 9100');
  }
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split('\n')[0] ?? '';
}
