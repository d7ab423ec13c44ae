import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
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
  const told = readYaml(file) as Partial<AgentConfig>;
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

const MEND = 'mend it, or remove it and set everything anew';

/** What the file says, whose keys are known, and whose lists and mappings are some. */
function readYaml(file: string): object {
  let told: unknown;
  try {
    told = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new Failure('usage', `${file} is not YAML: ${firstLine(error)}`, MEND);
  }
  for (const [path, known] of Object.entries(KEYS)) {
    const part = path === '' ? told : (told as Record<string, unknown>)[path];
    if (part === undefined) continue;
    const what = path === '' ? file : `${path} (${file})`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) {
      throw new Failure('usage', `${what} is no mapping`, MEND);
    }
    const unknown = Object.keys(part).find((key) => !known.includes(key));
    if (unknown === undefined) continue;
    throw new Failure(
      'usage',
      `${what} says ${unknown}, which nobody reads`,
      `it may say: ${known.join(', ')}`,
    );
  }
  return told as object;
}

/** What the file, and each mapping in it, may say. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['uuid', 'workloadGroup', 'nodeIp', 'nodeIpIsLocal', 'apiServer', 'mesh', 'package', 'keepPorts'],
    ...['dnsCapture', 'metricsPort', 'bearerTokenDays'],
  ],
  workloadGroup: ['namespace', 'name'],
  apiServer: ['url'],
  mesh: ['namespace', 'revision', 'gatewayService', 'istiodAddress'],
  package: ['url', 'version', 'sha256'],
};

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Addresses that mean another machine on each machine. */
const NOT_OF_A_MACHINE = new BlockList();
NOT_OF_A_MACHINE.addSubnet('0.0.0.0', 8);
NOT_OF_A_MACHINE.addSubnet('127.0.0.0', 8);
NOT_OF_A_MACHINE.addSubnet('169.254.0.0', 16);
NOT_OF_A_MACHINE.addSubnet('224.0.0.0', 3);
NOT_OF_A_MACHINE.addSubnet('::', 127, 'ipv6');
NOT_OF_A_MACHINE.addSubnet('fe80::', 10, 'ipv6');
NOT_OF_A_MACHINE.addSubnet('ff00::', 8, 'ipv6');

function check(config: AgentConfig, file: string): void {
  const need = (holds: boolean, what: string, next: string): void => {
    if (!holds) throw new Failure('usage', `${what} (${file})`, `set it anew: meshferry-agent set ${next}`);
  };
  const told = JSON.stringify;
  const isName = (name: unknown) => typeof name === 'string' && NAME.test(name);
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65535;
  const { workloadGroup: group, nodeIp, apiServer, mesh, keepPorts } = config;
  need(
    !group || (isName(group.namespace) && isName(group.name)),
    `workloadGroup ${told(group)} is no pair of Kubernetes names`,
    'workload-group <namespace> <name>',
  );
  const family = isIP(nodeIp ?? '');
  need(
    nodeIp === undefined || family !== 0,
    `nodeIp ${told(nodeIp)} is no IP address`,
    'node-ip <ip> (or `auto`)',
  );
  need(
    !nodeIp || !NOT_OF_A_MACHINE.check(nodeIp, family === 6 ? 'ipv6' : 'ipv4'),
    `nodeIp ${nodeIp} is an address that nobody else reaches this machine by`,
    'node-ip <ip> (or `auto`)',
  );
  need(
    !apiServer || /^https:\/\/[^/\s]+\/?$/.test(apiServer.url),
    `apiServer.url ${told(apiServer?.url)} is not https://<host>[:<port>]`,
    'api-server <url> --ca <file>',
  );
  for (const key of ['namespace', 'gatewayService', 'revision'] as const) {
    const option = key === 'gatewayService' ? 'gateway-service' : key;
    need(
      mesh[key] === undefined || isName(mesh[key]),
      `mesh.${key} ${told(mesh[key])} is no Kubernetes name`,
      `mesh --${option} <name>`,
    );
  }
  const { istiodAddress } = mesh;
  need(
    istiodAddress === undefined || isIP(istiodAddress) !== 0 || isName(istiodAddress),
    `mesh.istiodAddress ${told(istiodAddress)} is neither an IP address nor a name`,
    'mesh --istiod-address <ip>',
  );
  need(
    Array.isArray(keepPorts) && keepPorts.every(isPort),
    'keepPorts must be a list of port numbers',
    'keep-ports 22 9100',
  );
  const needValue = (
    key: 'dnsCapture' | 'metricsPort' | 'bearerTokenDays',
    holds: boolean,
    range: string,
  ) => {
    if (!holds) throw new Failure('usage', `${key} is ${told(config[key])} (${file})`, `give it ${range}`);
  };
  needValue('dnsCapture', typeof config.dnsCapture === 'boolean', 'true or false');
  needValue('metricsPort', config.metricsPort === 0 || isPort(config.metricsPort), 'a port, or 0 for none');
  needValue('bearerTokenDays', Number(config.bearerTokenDays) > 0, 'a number of days');
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split('\n')[0] ?? '';
}
