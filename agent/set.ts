import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { changeConfig } from './config-file';
import { Failure } from './failure';
import { localAddresses } from './machine/addresses';
import { writeAtomically } from './machine/atomic-file';
import type { Paths } from './paths';
import { cleanToken } from './token';

/** The WorkloadGroup that the machine belongs to. */
export function setWorkloadGroup({ config }: Paths, namespace: string, name: string): void {
  changeConfig(config, (now) => ({
    ...now,
    workloadGroup: { namespace: namespace.trim(), name: name.trim() },
  }));
  said(`workload-group=${namespace.trim()}/${name.trim()}`);
}

/** The machine's address; white space, such as the carriage return that `docker exec -t` leaves, is dropped. */
export function setNodeIp({ config }: Paths, ip: string): void {
  const nodeIp = ip.trim();
  changeConfig(config, ({ nodeIp: _, nodeIpIsLocal: __, ...now }) =>
    nodeIp === 'auto' ? now : { ...now, nodeIp, nodeIpIsLocal: localAddresses().includes(nodeIp) },
  );
  said(`node-ip=${nodeIp}`);
}

/**
 * The token, from an argument, a file or standard input.
 *
 * @throws Failure `usage` where there is none, or two
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
  said('bearer-token is set');
}

/** @throws Failure `usage` where the CA is no certificate */
export function setApiServer({ config, apiServerCa, etc }: Paths, url: string, caFile: string): void {
  const ca = caFile === '-' ? readFileSync(0, 'utf8') : readText(caFile);
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Failure('usage', `${caFile} holds no certificate`, "give the cluster's CA in PEM form");
  }
  changeConfig(config, (now) => ({ ...now, apiServer: { url: url.replace(/\/$/, '') } }));
  mkdirSync(etc, { recursive: true, mode: 0o755 });
  writeAtomically(apiServerCa, ca, { mode: 0o644 });
  said(`api-server=${url}`);
}

/** Where Istio is. */
export function setMesh({ config }: Paths, options: Readonly<Record<string, string | undefined>>): void {
  const { namespace, revision, gatewayService, istiodAddress } = options;
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
  said('mesh is set');
}

/** Where the sidecar's package is. Another address forgets the checksum of the one before. */
export function setPackage(
  { config }: Paths,
  url: string | undefined,
  { sha256, version }: Readonly<Record<string, string | undefined>>,
): void {
  if (sha256 !== undefined && !/^[0-9a-fA-F]{64}$/.test(sha256)) {
    throw new Failure(
      'usage',
      '--sha256 is not 64 hexadecimal digits',
      'give what sha256sum prints for the package',
    );
  }
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new Failure('usage', `${url} is no http(s) address`, 'give the address of the package');
  }
  changeConfig(config, (now) => {
    const { sha256: _, ...kept } = now.package;
    return {
      ...now,
      package: {
        ...(url === undefined ? now.package : { ...kept, url }),
        ...(version && { version }),
        ...(sha256 && { sha256: sha256.toLowerCase() }),
      },
    };
  });
  said('package is set');
}

/** Ports that Istio never captures. */
export function setKeepPorts({ config }: Paths, ports: readonly string[]): void {
  changeConfig(config, (now) => ({ ...now, keepPorts: ports.map(Number) }));
  said(`keep-ports=${ports.join(',')}`);
}

/** Whether Istio answers the machine's DNS queries. */
export function setDnsCapture({ config }: Paths, value: string): void {
  if (value !== 'on' && value !== 'off')
    throw new Failure('usage', `dns-capture is "${value}"`, 'say on or off');
  changeConfig(config, (now) => ({ ...now, dnsCapture: value === 'on' }));
  said(`dns-capture=${value}`);
}

function readText(file: string): string {
  if (!existsSync(file)) throw new Failure('usage', `${file} does not exist`, 'give the path of a file');
  return readFileSync(file, 'utf8');
}

function said(text: string): void {
  process.stderr.write(`✓ ${text}\n`);
}
