import { fields, type Path, text } from '../manifests/manifest';
import { type Broken, isSet, type Part, type Rules } from './broken';
import { domainProblem, labelRules, portNameRule } from './names';
import { isAddress, isSocketPath, portRule } from './values';

const SOCKET = 'unix://';

/** What an endpoint may be where it stands. */
export interface EndpointOptions {
  /** Names of the ports that it may have. @default - any */
  readonly ports?: readonly string[];
  /** Whether its address may be a domain name. */
  readonly domains: boolean;
  /** Whether its address may be a Unix domain socket, or be left to its network. */
  readonly sockets: boolean;
}

/** What istiod's webhook refuses of a WorkloadEntry. */
export const workloadEntryRules: Rules = (manifest) =>
  endpointRules(fields(manifest.spec), ['spec'], { domains: true, sockets: true });

/** An endpoint: a WorkloadEntry, or one of a ServiceEntry. */
export function* endpointRules(endpoint: Part, path: Path, options: EndpointOptions): Generator<Broken> {
  const address = text(endpoint.address) ?? '';
  if (options.sockets && address === '') {
    if (!isSet(endpoint.network)) {
      yield { path, message: 'there is no address', fix: 'add address, or the network that it is behind' };
      return;
    }
  } else yield* addressRules(address, endpoint, [...path, 'address'], options);
  for (const [name, port] of Object.entries(fields(endpoint.ports))) {
    const at = [...path, 'ports', name];
    if (options.ports && !options.ports.includes(name))
      yield {
        path: at,
        message: `the ServiceEntry has no port ${name}`,
        fix: `use one of ${options.ports.join(', ')}`,
      };
    yield* portNameRule(name, at);
    yield* portRule(port, at);
  }
  yield* labelRules(endpoint.labels, [...path, 'labels']);
}

function* addressRules(
  address: string,
  { ports }: Part,
  path: Path,
  { domains, sockets, ports: known }: EndpointOptions,
): Generator<Broken> {
  if (sockets && address.startsWith(SOCKET)) {
    if (!isSocketPath(address.slice(SOCKET.length)))
      yield {
        path,
        message: `"${address}" is no path of a file`,
        fix: `write ${SOCKET} and an absolute path`,
      };
    if (Object.keys(fields(ports)).length > 0)
      yield { path, message: 'a socket has no ports', fix: 'remove ports' };
    if (known && known.length !== 1)
      yield {
        path,
        message: `a socket is one port, and the ServiceEntry has ${known.length}`,
        fix: 'keep one port, or give an IP address',
      };
    return;
  }
  if (isAddress(address)) return;
  const problem = domains ? domainProblem(address) : 'is no IP address';
  if (problem)
    yield {
      path,
      message: `the address "${address}" ${problem}`,
      fix: domains ? 'give an IP address or a domain name' : 'give an IP address, or write resolution DNS',
    };
}
