import { fields, items, type Path, text } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { isDnsLabel } from './names';
import { protocolKind, protocolRule } from './protocols';
import { scopedHostRules } from './scoped-host';
import { serverTlsRules } from './server-tls';
import { isAddress, isSocketPath, portRule } from './values';

/** Written by istiod where it makes a Gateway of one of the Gateway API: names and hosts may be what users cannot write. */
const CONVERTED = 'internal.istio.io/gateway-semantics';
const SOCKET = 'unix://';

/** What istiod's webhook refuses of a Gateway. */
export const gatewayRules: Rules = function* (manifest): Generator<Broken> {
  const { name, annotations } = fields(manifest.metadata);
  const spec = fields(manifest.spec);
  const converted = fields(annotations)[CONVERTED] === 'gateway';
  if (!isDnsLabel(text(name) ?? '') && !converted)
    yield {
      path: ['metadata', 'name'],
      message: `"${text(name) ?? ''}" cannot be the name of a Gateway`,
      fix: 'use letters, digits and "-", at most 63',
    };
  if (!isSet(spec.servers)) yield { path: ['spec'], message: 'there are no servers', fix: 'add servers' };
  const names = items(spec.servers).map((server) => fields(fields(server).port).name);
  for (const [index, item] of items(spec.servers).entries()) {
    const path = ['spec', 'servers', index];
    yield* serverRules(fields(item), path, converted);
    if (isGiven(fields(item).port) && names.indexOf(names[index]) !== index)
      yield {
        path: [...path, 'port', 'name'],
        message: `two servers have ports named ${names[index]}`,
        fix: 'give each port a name of its own',
      };
  }
};

function* serverRules(server: Part, path: Path, converted: boolean): Generator<Broken> {
  if (!isSet(server.hosts)) yield { path, message: 'the server has no hosts', fix: 'add hosts' };
  for (const [index, host] of items(server.hosts).map(String).entries())
    yield* scopedHostRules(host, [...path, 'hosts', index], { gateway: true, converted });
  const tls = fields(server.tls);
  yield* serverTlsRules(tls, [...path, 'tls']);
  const problems = [...portRules(server, path)];
  yield* problems;
  yield* bindRules(server, path);
  if (problems.length > 0) return;
  const protocol = String(fields(server.port).protocol);
  const kind = protocolKind(protocol);
  if (kind === 'tls' && !isGiven(server.tls))
    yield { path, message: `the server speaks ${protocol} and has no tls`, fix: 'add tls with a mode' };
  if (kind === 'tls' || !isGiven(server.tls)) return;
  const passes = ['PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(String(tls.mode ?? 'PASSTHROUGH'));
  const files = ['caCertificates', 'privateKey', 'serverCertificate'].some((key) => isSet(tls[key]));
  if (kind !== 'http' || !passes || files)
    yield {
      path: [...path, 'tls'],
      message: `the server speaks ${protocol}, which has no TLS`,
      fix:
        kind === 'http'
          ? 'write protocol HTTPS, or keep httpsRedirect alone'
          : 'write protocol TLS, or remove tls',
    };
}

function* portRules(server: Part, path: Path): Generator<Broken> {
  if (!isGiven(server.port)) {
    yield { path, message: 'the server has no port', fix: 'add port' };
    return;
  }
  const { number = 0, protocol, targetPort, name } = fields(server.port);
  yield* protocolRule(protocol, [...path, 'port', 'protocol']);
  if (isSet(number) || !isSocket(server.bind)) yield* portRule(number, [...path, 'port', 'number']);
  if (isSet(targetPort))
    yield {
      path: [...path, 'port', 'targetPort'],
      message: 'targetPort has no effect on a gateway',
      fix: 'remove it; the Service of the gateway says where its ports lead',
    };
  if (!isSet(name)) yield { path: [...path, 'port'], message: 'the port has no name', fix: 'add name' };
}

function* bindRules({ bind, port }: Part, path: Path): Generator<Broken> {
  if (typeof bind !== 'string' || bind === '') return;
  const at = [...path, 'bind'];
  if (!isSocket(bind)) {
    if (!isAddress(bind))
      yield {
        path: at,
        message: `"${bind}" is no IP address`,
        fix: `give an IP address, or ${SOCKET}<path>`,
      };
    return;
  }
  if (!isSocketPath(bind.slice(SOCKET.length)))
    yield {
      path: at,
      message: `"${bind}" is no path of a file`,
      fix: `write ${SOCKET} and an absolute path`,
    };
  if (isSet(fields(port).number))
    yield { path: at, message: 'a socket has no port number', fix: 'set port.number to 0' };
}

function isSocket(bind: unknown): boolean {
  return typeof bind === 'string' && bind.startsWith(SOCKET);
}
