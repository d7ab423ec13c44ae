import { fields, items, type Path, text } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from '../broken';
import { portRule } from '../values';
import { isLabelName } from './metadata';
import { quantityOf } from './quantity';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

/**
 * What the API server refuses of the spec of pods.
 *
 * @param claimed volumes that a StatefulSet claims for each pod. It names its pods itself, too.
 */
export function* podRules(pod: Part, path: Path, claimed?: readonly string[]): Generator<Broken> {
  if (!isSet(pod.containers))
    yield { path: [...path, 'containers'], message: 'there are no containers', fix: 'add one' };
  const lists = ['initContainers', 'containers'];
  const names = lists.flatMap((key) => items(pod[key]).map((container) => fields(container).name));
  const volumes = items(pod.volumes).map((volume) => text(fields(volume).name) ?? '');
  if (!claimed && isSet(pod.hostname) && !isLabelName(String(pod.hostname)))
    yield {
      path: [...path, 'hostname'],
      message: `"${pod.hostname}" is no name of a host`,
      fix: 'use lower case letters, digits and "-", at most 63',
    };
  if (pod.dnsPolicy === 'None' && !isSet(fields(pod.dnsConfig).nameservers))
    yield {
      path: [...path, 'dnsConfig'],
      message: 'dnsPolicy None asks nobody',
      fix: 'add dnsConfig.nameservers, or use another dnsPolicy',
    };
  yield* repeatedNames(volumes, [...path, 'volumes'], 'volumes');
  for (const [index, volume] of items(pod.volumes).map(fields).entries()) {
    const sources = Object.keys(volume).filter((key) => key !== 'name' && isGiven(volume[key]));
    if (sources.length > 1)
      yield {
        path: [...path, 'volumes', index],
        message: `${sources.join(' and ')} exclude each other`,
        fix: 'keep one source of the volume',
      };
  }
  let position = 0;
  for (const key of lists)
    for (const [index, item] of items(pod[key]).entries()) {
      const at = [...path, key, index];
      if (names.indexOf(fields(item).name) !== position++ && isSet(fields(item).name))
        yield twice('containers', fields(item).name, at);
      yield* containerRules(fields(item), at, [...volumes, ...(claimed ?? [])]);
      if (pod.hostNetwork === true)
        yield* hostPortRules(items(fields(item).ports).map(fields), [...at, 'ports']);
    }
}

function twice(what: string, name: unknown, path: Path): Broken {
  return {
    path: [...path, 'name'],
    message: `two ${what} have the name ${name}`,
    fix: 'rename one of the two',
  };
}

function* repeatedNames(names: readonly string[], path: Path, what: string): Generator<Broken> {
  for (const [index, name] of names.entries()) {
    if (name !== '' && names.indexOf(name) !== index) yield twice(what, name, [...path, index]);
    if (!isLabelName(name)) yield badName(name, [...path, index]);
  }
}

function badName(name: string, path: Path): Broken {
  return {
    path: [...path, 'name'],
    message: name === '' ? 'the name is missing' : `"${name}" cannot be the name`,
    fix: 'use lower case letters, digits and "-", at most 63',
  };
}

function* containerRules(container: Part, path: Path, volumes: readonly string[]): Generator<Broken> {
  const name = text(container.name) ?? '';
  const image = text(container.image) ?? '';
  if (!isLabelName(name)) yield badName(name, path);
  if (image === '' || image.trim() !== image)
    yield {
      path: [...path, 'image'],
      message: `"${image}" is no image`,
      fix: 'name an image, without spaces around it',
    };
  yield* portsRules(items(container.ports).map(fields), [...path, 'ports']);
  for (const [index, item] of items(container.env).entries()) {
    const { name: key, value, valueFrom } = fields(item);
    if (!isSet(key) || !/^[\x20-\x3c\x3e-\x7e]+$/.test(String(key)))
      yield {
        path: [...path, 'env', index, 'name'],
        message: `"${key ?? ''}" cannot be the name of a variable`,
        fix: 'use letters without "="',
      };
    if (isSet(value) && isGiven(valueFrom))
      yield {
        path: [...path, 'env', index],
        message: 'value and valueFrom exclude each other',
        fix: 'keep one of them',
      };
  }
  const mountPaths = items(container.volumeMounts).map((mount) => fields(mount).mountPath);
  for (const [index, item] of items(container.volumeMounts).entries()) {
    const { name: volume, mountPath } = fields(item);
    const at = [...path, 'volumeMounts', index];
    if (!volumes.includes(String(volume)))
      yield {
        path: [...at, 'name'],
        message: `the pod has no volume ${volume}`,
        fix: volumes.length > 0 ? `use one of ${volumes.join(', ')}` : 'add it to volumes',
      };
    if (isSet(mountPath) && mountPaths.indexOf(mountPath) !== index)
      yield {
        path: [...at, 'mountPath'],
        message: `two volumes are mounted at ${mountPath}`,
        fix: 'move one of the two',
      };
  }
  for (const key of PROBES)
    if (isGiven(container[key])) yield* probeRules(fields(container[key]), [...path, key]);
  yield* resourceRules(fields(container.resources), [...path, 'resources']);
}

function* portsRules(ports: readonly Part[], path: Path): Generator<Broken> {
  for (const [index, { name, containerPort, hostPort }] of ports.entries()) {
    yield* portRule(containerPort, [...path, index, 'containerPort']);
    if (isSet(hostPort)) yield* portRule(hostPort, [...path, index, 'hostPort']);
    if (typeof name !== 'string' || name === '') continue;
    if (!isPortName(name))
      yield {
        path: [...path, index, 'name'],
        message: `"${name}" cannot be the name of a container's port`,
        fix: 'use at most 15 lower case letters, digits and single "-", with a letter among them',
      };
    if (ports.findIndex((port) => port.name === name) !== index) yield twice('ports', name, [...path, index]);
  }
}

/** On the network of the node a port is what it is. */
function* hostPortRules(ports: readonly Part[], path: Path): Generator<Broken> {
  for (const [index, { containerPort, hostPort }] of ports.entries())
    if (isSet(hostPort) && hostPort !== containerPort)
      yield {
        path: [...path, index, 'hostPort'],
        message: `hostPort is ${hostPort}, but containerPort ${containerPort} on the network of the node`,
        fix: 'remove hostPort, or make them the same',
      };
}

/** Whether a text can name a container's port: the name of a service, as IANA has them. */
export function isPortName(name: string): boolean {
  return (
    name.length <= 15 &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) &&
    !name.includes('--') &&
    /[a-z]/.test(name)
  );
}

function* probeRules(probe: Part, path: Path): Generator<Broken> {
  const handlers = HANDLERS.filter((key) => isGiven(probe[key]));
  if (handlers.length !== 1)
    yield {
      path,
      message:
        handlers.length === 0
          ? 'the probe does not say what to look at'
          : `${handlers.join(' and ')} exclude each other`,
      fix: `keep one of ${HANDLERS.join(', ')}`,
    };
  for (const key of ['httpGet', 'tcpSocket', 'grpc'])
    if (isGiven(probe[key])) yield* portOrNameRule(fields(probe[key]).port, [...path, key, 'port']);
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ])
    if (Number(probe[key] ?? 0) < 0)
      yield { path: [...path, key], message: `${key} is negative`, fix: 'give 0 or more' };
  if (path.at(-1) !== 'readinessProbe' && isSet(probe.successThreshold) && probe.successThreshold !== 1)
    yield {
      path: [...path, 'successThreshold'],
      message: `successThreshold is ${probe.successThreshold}`,
      fix: 'give 1, or remove it: only a readinessProbe can ask for more',
    };
}

/** A value out of a list. */
export function* oneOfRule(value: unknown, known: readonly string[], path: Path): Generator<Broken> {
  if (!known.includes(String(value)))
    yield {
      path,
      message: `"${value ?? ''}" is not allowed here`,
      fix: known.length > 0 ? `use ${known.join(' or ')}` : 'remove it',
    };
}

/** A port by its number, or by its name among the ports of the container. */
export function* portOrNameRule(port: unknown, path: Path): Generator<Broken> {
  if (typeof port === 'string' && !isPortName(port))
    yield {
      path,
      message: `"${port}" cannot be the name of a port`,
      fix: /^\d+$/.test(port) ? `remove the quotes: ${port}` : 'name one of the ports of the container',
    };
  else if (typeof port === 'number') yield* portRule(port, path);
}

function* resourceRules({ requests, limits }: Part, path: Path): Generator<Broken> {
  for (const [key, amounts] of Object.entries({ requests, limits }))
    for (const [name, amount] of Object.entries(fields(amounts))) {
      const quantity = quantityOf(amount);
      const limit = quantityOf(fields(limits)[name]);
      const at = [...path, key, name];
      if (quantity === undefined)
        yield {
          path: at,
          message: `"${amount}" is no quantity`,
          fix: 'write a number with a unit such as m, k, M, G, Ki, Mi or Gi',
        };
      else if (quantity < 0) yield { path: at, message: `${amount} is negative`, fix: 'give 0 or more' };
      else if (key === 'requests' && limit !== undefined && quantity > limit)
        yield {
          path: at,
          message: `the request ${amount} is more than the limit ${fields(limits)[name]}`,
          fix: 'raise the limit, or lower the request',
        };
    }
}
