import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { SHA256 } from '../../text/addresses';
import type { AgentConfig } from '../config';
import { changeConfig } from '../config-file';
import { Failure } from '../failure';
import { cleanToken } from '../join/bearer-token';
import { claimsOf } from '../kubernetes/token';
import { localAddresses } from '../machine/addresses';
import { writeAtomically } from '../machine/atomic-file';
import type { Paths } from '../paths';

/**
 * The WorkloadGroup that the machine belongs to. It belongs to one at a time, since it has one Envoy with one
 * identity: a second one replaces the first, and the command says so.
 */
export function setWorkloadGroup({ config }: Paths, namespace: string, name: string): void {
  let before: AgentConfig['workloadGroup'];
  const { workloadGroup } = changeConfig(config, (now) => {
    before = now.workloadGroup;
    return { ...now, workloadGroup: { namespace: namespace.trim(), name: name.trim() } };
  });
  const is = `${workloadGroup?.namespace}/${workloadGroup?.name}`;
  const was = before && `${before.namespace}/${before.name}`;
  const instead = `instead of ${was}: several services on one machine share a group, each with a port of its own`;
  printDone(`workload-group=${is}${was && was !== is ? `, ${instead}` : ''}`);
}

/** The machine's address, without white space such as the carriage return of `docker exec -t`. */
export function setNodeIp({ config }: Paths, ip: string): void {
  const nodeIp = ip.trim();
  const isLocal = localAddresses().includes(nodeIp);
  changeConfig(config, ({ nodeIp: _, nodeIpIsLocal: __, ...now }) =>
    nodeIp === 'auto' ? now : { ...now, nodeIp, nodeIpIsLocal: isLocal },
  );
  printDone(`node-ip=${nodeIp}`);
  if (nodeIp !== 'auto' && !isLocal)
    hint('none of its interfaces has it: it is taken for the address that others see');
}

/**
 * The token, from an argument, a file or standard input.
 *
 * @throws Failure `usage` if there is none, or more than one
 */
export function setBearerToken(
  { bearerToken, etc }: Paths,
  argument: string | undefined,
  file: string | undefined,
): void {
  if (argument !== undefined && file !== undefined) {
    throw new Failure('usage', 'a token and a file were given', 'give one of them');
  }
  if (argument === undefined && file === undefined && process.stdin.isTTY) {
    throw new Failure(
      'usage',
      'no token was given',
      'pipe one in: kubectl create token <group>-agent -n <namespace> | meshferry-agent set bearer-token -',
    );
  }
  const fromStdin = file === undefined && (argument === undefined || argument === '-');
  const token = cleanToken(
    fromStdin ? readFileSync(0, 'utf8') : file !== undefined ? readText(file) : (argument ?? ''),
  );
  mkdirSync(etc, { recursive: true, mode: 0o755 });
  writeAtomically(bearerToken, token, { mode: 0o600 });
  const { serviceAccount, namespace, expires } = claimsOf(token) ?? {};
  printDone(`bearer-token is set${serviceAccount ? ` ❯ ${namespace}/${serviceAccount}` : ''}`);
  if (!serviceAccount) hint("it is no service account's: the agent cannot renew it");
  else if (expires && expires < new Date())
    hint(`by this machine's clock it expired at ${expires.toISOString()}`);
  if (file !== undefined && statSync(file).mode & 0o077) hint(`others may read ${file}: remove it`);
  if (argument !== undefined && argument !== '-')
    hint("it is in the shell's history, and was in the process list: a pipe or a file is safer");
}

/** @throws Failure `usage` if the CA is not a certificate */
export function setApiServer({ config, apiServerCa, etc }: Paths, url: string, caFile: string): void {
  const ca = caFile === '-' ? readFileSync(0, 'utf8') : readText(caFile);
  if (!isCertificate(ca)) {
    const where = caFile === '-' ? 'standard input' : caFile;
    throw new Failure('usage', `${where} holds no certificate`, "give the cluster's CA in PEM form");
  }
  changeConfig(config, (now) => ({ ...now, apiServer: { url: url.replace(/\/$/, '') } }));
  mkdirSync(etc, { recursive: true, mode: 0o755 });
  writeAtomically(apiServerCa, ca, { mode: 0o644 });
  printDone(`api-server=${url}`);
}

/** Where Istio is. */
export function setMesh({ config }: Paths, options: Readonly<Record<string, string | undefined>>): void {
  const { namespace, revision, gatewayService, istiodAddress } = options;
  if (Object.keys(options).length === 0) throw nothingGiven('mesh');
  changeConfig(config, (now) => {
    const { istiodAddress: _, ...mesh } = now.mesh;
    return {
      ...now,
      mesh: {
        ...(istiodAddress === undefined ? now.mesh : mesh),
        ...(namespace && { namespace }),
        ...(revision && { revision }),
        ...(gatewayService && { gatewayService }),
        ...(istiodAddress && istiodAddress !== 'auto' && { istiodAddress }),
      },
    };
  });
  printDone('mesh is set');
}

/** How `set package` was called. */
export interface PackageOptions {
  /** Checksums, in hexadecimal. */
  readonly sha256?: readonly string[];
  readonly version?: string;
  readonly plainHttp?: boolean;
}

/** URL, version and checksums of the sidecar's package. A new URL discards the old checksums, and `--plain-http`. */
export function setPackage({ config }: Paths, url: string | undefined, options: PackageOptions): void {
  const { sha256, version, plainHttp } = options;
  if (url === undefined && Object.keys(options).length === 0) throw nothingGiven('package');
  const sums = sha256?.map((sum) => sum.toLowerCase());
  if (!(sums ?? []).every((sum) => SHA256.test(sum))) {
    throw new Failure(
      'usage',
      '--sha256 is not 64 hexadecimal digits',
      'give what sha256sum prints for the package',
    );
  }
  changeConfig(config, (now) => {
    const { sha256: _, plainHttp: __, ...kept } = now.package;
    return {
      ...now,
      package: {
        ...(url === undefined ? now.package : { ...kept, url }),
        ...(version && { version }),
        ...(sums && { sha256: sums }),
        ...(plainHttp && { plainHttp }),
      },
    };
  });
  printDone('package is set');
}

/** Ports that Istio never captures. */
export function setKeepPorts({ config }: Paths, ports: readonly string[]): void {
  changeConfig(config, (now) => ({ ...now, keepPorts: ports.map(Number) }));
  printDone(`keep-ports=${ports.join(',') || 'none'}`);
}

/** Whether Istio answers the machine's DNS queries. */
export function setDnsCapture({ config }: Paths, value: string): void {
  if (value !== 'on' && value !== 'off')
    throw new Failure('usage', `dns-capture is "${value}"`, 'say on or off');
  changeConfig(config, (now) => ({ ...now, dnsCapture: value === 'on' }));
  printDone(`dns-capture=${value}`);
}

function nothingGiven(what: string): Failure {
  return new Failure('usage', `nothing of the ${what} was given`, `see meshferry-agent set ${what} --help`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).validTo !== '';
  } catch {
    return false;
  }
}

function readText(file: string): string {
  if (!existsSync(file)) throw new Failure('usage', `${file} does not exist`, 'give the path of a file');
  if (statSync(file).isDirectory())
    throw new Failure('usage', `${file} is a folder`, 'give the path of a file');
  return readFileSync(file, 'utf8');
}

function printDone(text: string): void {
  process.stderr.write(`✓ ${text}\n`);
}

function hint(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
