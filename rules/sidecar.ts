import { fields, items, type Path, text } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { connectionPoolRules } from './connection-pool';
import { destinationRules } from './destination';
import { domainProblem, portNameRule } from './names';
import { protocolKind, protocolRule } from './protocols';
import { selectorRules } from './scope';
import { scopedHostRules } from './scoped-host';
import { serverTlsRules } from './server-tls';
import { isAddress, isSocketPath, portRule } from './values';

const SOCKET = 'unix://';
const OWN_HOSTS = ['', '127.0.0.1', '0.0.0.0', '::1', '::'];
const NO_TLS = ['subjectAltNames', 'httpsRedirect', 'credentialName', 'credentialNames', 'tlsCertificates'];

/** What istiod's webhook refuses of a Sidecar. */
export const sidecarRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  yield* selectorRules(fields(spec.workloadSelector).labels, ['spec', 'workloadSelector', 'labels']);
  const given = [isGiven(spec.outboundTrafficPolicy), isGiven(spec.inboundConnectionPool)];
  if (![...given, isSet(spec.egress), isSet(spec.ingress)].includes(true))
    yield {
      path: ['spec'],
      message: 'the Sidecar says nothing',
      fix: 'add egress, ingress or outboundTrafficPolicy',
    };
  yield* ingressRules(spec);
  yield* connectionPoolRules(spec.inboundConnectionPool, ['spec', 'inboundConnectionPool']);
  yield* egressRules(spec);
  yield* outboundRules(fields(spec.outboundTrafficPolicy), ['spec', 'outboundTrafficPolicy']);
};

function* ingressRules(spec: Part): Generator<Broken> {
  const listeners = items(spec.ingress).map(fields);
  const numbers = listeners.map(({ port }) => fields(port).number ?? 0);
  for (const [index, listener] of listeners.entries()) {
    const path = ['spec', 'ingress', index];
    if (!isGiven(listener.port)) {
      yield { path, message: 'the listener has no port', fix: 'add port' };
      continue;
    }
    yield* portRules(fields(listener.port), [...path, 'port']);
    yield* portRule(numbers[index], [...path, 'port', 'number']);
    yield* bindRule(listener.bind, [...path, 'bind']);
    if (listeners.findIndex(({ port }, at) => isGiven(port) && numbers[at] === numbers[index]) !== index)
      yield repeated(numbers[index], path);
    yield* endpointRules(text(listener.defaultEndpoint) ?? '', [...path, 'defaultEndpoint']);
    if (isGiven(listener.tls)) yield* tlsRules(listener, [...path, 'tls']);
    yield* connectionPoolRules(listener.connectionPool, [...path, 'connectionPool']);
  }
}

function repeated(port: unknown, path: Path): Broken {
  return {
    path: [...path, 'port'],
    message: `two listeners have the port ${port}`,
    fix: 'remove one of the two',
  };
}

function* portRules(port: Part, path: Path): Generator<Broken> {
  const { name, protocol, targetPort } = port;
  if (isSet(targetPort))
    yield { path: [...path, 'targetPort'], message: 'targetPort has no effect here', fix: 'remove it' };
  if (isSet(name)) yield* portNameRule(String(name), [...path, 'name']);
  if (isSet(protocol)) yield* protocolRule(protocol, [...path, 'protocol']);
}

function* bindRule(bind: unknown, path: Path): Generator<Broken> {
  if (typeof bind === 'string' && bind !== '' && !isAddress(bind))
    yield { path, message: `"${bind}" is no IP address`, fix: 'give an IP address' };
}

function* endpointRules(endpoint: string, path: Path): Generator<Broken> {
  if (endpoint === '') return;
  const fix = `write 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port> or ${SOCKET}<path>`;
  const problem = { path, message: `"${endpoint}" is no place that the workload listens at`, fix };
  if (endpoint.startsWith(SOCKET)) {
    if (!isSocketPath(endpoint.slice(SOCKET.length))) yield problem;
    return;
  }
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(endpoint);
  const [, bracketed, plain, port = ''] = match ?? [];
  if (!match || !OWN_HOSTS.includes(bracketed ?? plain ?? '') || !/^\+?\d+$/.test(port)) yield problem;
  else yield* portRule(Number(port), path);
}

function* tlsRules({ tls, port }: Part, path: Path): Generator<Broken> {
  const settings = fields(tls);
  for (const key of NO_TLS)
    if (isSet(settings[key]))
      yield { path: [...path, key], message: `${key} has no effect on a sidecar`, fix: 'remove it' };
  if (settings.mode === 'ISTIO_MUTUAL' || settings.mode === 'AUTO_PASSTHROUGH')
    yield {
      path: [...path, 'mode'],
      message: `${settings.mode} is for gateways`,
      fix: 'use SIMPLE, MUTUAL or PASSTHROUGH',
    };
  if (protocolKind(fields(port).protocol) !== 'tls')
    yield { path, message: 'the port speaks no TLS', fix: 'write protocol HTTPS or TLS, or remove tls' };
  yield* serverTlsRules(settings, path);
}

function* egressRules(spec: Part): Generator<Broken> {
  const listeners = items(spec.egress).map(fields);
  const places = listeners.map(({ port, bind }) => {
    const number = fields(port).number ?? 0;
    return number === 0 ? `${text(bind) ?? ''}` : String(number);
  });
  for (const [index, listener] of listeners.entries()) {
    const path = ['spec', 'egress', index];
    if (!isGiven(listener.port)) {
      if (index !== listeners.length - 1)
        yield {
          path,
          message: 'a listener without a port takes what the others leave, and must be the last',
          fix: 'move it to the end, or add port',
        };
    } else {
      yield* portRules(fields(listener.port), [...path, 'port']);
      yield* egressPortRules(listener, path);
      if (listeners.findIndex(({ port }, at) => isGiven(port) && places[at] === places[index]) !== index)
        yield repeated(places[index], path);
    }
    if (!isSet(listener.hosts)) yield { path, message: 'the listener has no hosts', fix: 'add hosts' };
    for (const [number, host] of items(listener.hosts).map(String).entries())
      yield* scopedHostRules(host, [...path, 'hosts', number], { gateway: false });
  }
}

function* egressPortRules({ port, bind, captureMode }: Part, path: Path): Generator<Broken> {
  const { number = 0 } = fields(port);
  if (number !== 0) {
    yield* portRule(number, [...path, 'port', 'number']);
    yield* bindRule(bind, [...path, 'bind']);
    return;
  }
  const socket = text(bind) ?? '';
  if (!socket.startsWith(SOCKET) || !isSocketPath(socket.slice(SOCKET.length)))
    yield {
      path,
      message: 'the listener has neither a port nor a socket',
      fix: `add port.number, or bind: ${SOCKET}<path>`,
    };
  if (captureMode === 'IPTABLES')
    yield { path: [...path, 'captureMode'], message: 'iptables capture no sockets', fix: 'write NONE' };
}

function* outboundRules(policy: Part, path: Path): Generator<Broken> {
  const { mode = 'REGISTRY_ONLY', egressProxy } = policy;
  if (!isGiven(egressProxy)) return;
  const at = [...path, 'egressProxy'];
  if (mode !== 'ALLOW_ANY') {
    yield {
      path: at,
      message: 'an egress proxy takes what mode ALLOW_ANY lets out',
      fix: 'write mode: ALLOW_ANY',
    };
    return;
  }
  const { host, port } = fields(egressProxy);
  const problem = domainProblem(text(host) ?? '');
  if (problem)
    yield {
      path: [...at, 'host'],
      message: `the host "${text(host) ?? ''}" ${problem}`,
      fix: 'write it in full',
    };
  if (!isGiven(port)) yield { path: at, message: 'the egress proxy has no port', fix: 'add port.number' };
  yield* destinationRules(egressProxy, at);
}
