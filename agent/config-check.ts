import { BlockList, isIP } from 'node:net';
import { FILE_ADDRESS, HTTPS_ORIGIN, SHA256, VERSION } from '../text/addresses';
import type { AgentConfig } from './config';
import { Failure } from './failure';

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Addresses that mean a different machine on each machine, or none. */
const NOT_OF_A_MACHINE = new BlockList();
NOT_OF_A_MACHINE.addSubnet('0.0.0.0', 8);
NOT_OF_A_MACHINE.addSubnet('127.0.0.0', 8);
NOT_OF_A_MACHINE.addSubnet('169.254.0.0', 16);
NOT_OF_A_MACHINE.addSubnet('224.0.0.0', 3);
NOT_OF_A_MACHINE.addSubnet('::', 127, 'ipv6');
NOT_OF_A_MACHINE.addSubnet('fe80::', 10, 'ipv6');
NOT_OF_A_MACHINE.addSubnet('ff00::', 8, 'ipv6');

/**
 * Checks the values of a configuration, by hand: a schema of zod/mini adds 20 kB to the bundled program and 0.3 MB (3 %)
 * to the memory of the idle process, zod itself 89 kB and 1.0 MB (10 %).
 *
 * @throws Failure `usage`, which names the setting and the command that sets it
 */
export function checkConfig(config: AgentConfig, file: string): void {
  const need = (holds: boolean, what: string, next: string): void => {
    if (!holds) throw new Failure('usage', `${what} (${file})`, `set it again: meshferry-agent set ${next}`);
  };
  const json = JSON.stringify;
  const isName = (name: unknown) => typeof name === 'string' && NAME.test(name);
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65535;
  const { workloadGroup: group, nodeIp, apiServer, mesh, keepPorts } = config;
  need(
    !group || (isName(group.namespace) && isName(group.name)),
    `workloadGroup ${json(group)} is no pair of Kubernetes names`,
    'workload-group <namespace> <name>',
  );
  const family = isIP(nodeIp ?? '');
  need(
    nodeIp === undefined || family !== 0,
    `nodeIp ${json(nodeIp)} is no IP address`,
    'node-ip <ip> (or `auto`)',
  );
  need(
    !nodeIp || !NOT_OF_A_MACHINE.check(nodeIp, family === 6 ? 'ipv6' : 'ipv4'),
    `nodeIp ${nodeIp} is an address that nobody else reaches this machine by`,
    'node-ip <ip> (or `auto`)',
  );
  need(
    !apiServer || HTTPS_ORIGIN.test(apiServer.url),
    `apiServer.url ${json(apiServer?.url)} is not https://<host>[:<port>]`,
    'api-server <url> --ca <file>',
  );
  for (const key of ['namespace', 'gatewayService', 'revision'] as const) {
    const option = key === 'gatewayService' ? 'gateway-service' : key;
    need(
      mesh[key] === undefined || isName(mesh[key]),
      `mesh.${key} ${json(mesh[key])} is no Kubernetes name`,
      `mesh --${option} <name>`,
    );
  }
  const { url, version, sha256, plainHttp } = config.package;
  need(
    typeof url === 'string' && FILE_ADDRESS.test(url) && (plainHttp === true || url.startsWith('https:')),
    `package.url ${json(url)} is not an https URL`,
    'package <url> --sha256 <hex> (for an http address, --plain-http)',
  );
  need(
    plainHttp === undefined || typeof plainHttp === 'boolean',
    `package.plainHttp ${json(plainHttp)} is not true or false`,
    'package <url> --sha256 <hex>',
  );
  need(
    version === undefined || (typeof version === 'string' && VERSION.test(version)),
    `package.version ${json(version)} is not a version of Istio`,
    'package --version <version>',
  );
  need(
    sha256 === undefined || (Array.isArray(sha256) && sha256.every((sum) => SHA256.test(String(sum)))),
    'package.sha256 is not a list of SHA-256 checksums, each of 64 hexadecimal digits',
    'package --sha256 <hex>',
  );
  const { istiodAddress } = mesh;
  need(
    istiodAddress === undefined || isIP(istiodAddress) !== 0 || isName(istiodAddress),
    `mesh.istiodAddress ${json(istiodAddress)} is neither an IP address nor a name`,
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
    if (!holds) throw new Failure('usage', `${key} is ${json(config[key])} (${file})`, `give it ${range}`);
  };
  needValue('dnsCapture', typeof config.dnsCapture === 'boolean', 'true or false');
  needValue('metricsPort', config.metricsPort === 0 || isPort(config.metricsPort), 'a port, or 0 for none');
  needValue('bearerTokenDays', Number(config.bearerTokenDays) > 0, 'a number of days');
}
