import type { Side } from '../../../config';
import { faultOf, type LiveObject } from '../../gate/cluster';
import { type Endpoint, endpointsOf, gatewayAddress, isBehindGateway } from '../endpoints';
import { type Caller, type Facts, nameOf, ofKind } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import type { Labels } from '../labels';
import { denyingPolicies, type Peer } from '../network-policy';

/** Ports of the expansion gateway: istiod's, and the mesh's own. */
const GATEWAY_PORTS = [15012, 15443];

/** Whether packets pass: NetworkPolicies, the expansion gateway, and a connection that is tried from the caller. */
export function network(facts: Facts, side: Side): Look {
  const lack = side === 'vm' ? gatewayFault(facts) : undefined;
  if (lack) return lack;
  const { caller, connects } = facts;
  if (typeof caller === 'string') return unknown(caller);
  const endpoints = endpointsOf(facts, side).filter(
    ({ object }) => side === 'kubernetes' || !faultOf(object),
  );
  for (const one of endpoints) {
    const denied = deniedBy(facts, caller, one, side);
    if (denied) return denied;
  }
  if (side === 'vm' && isBehindGateway(facts)) return good('through the expansion gateway');
  const tried = endpoints.filter(({ address }) => connects.has(address));
  const dead = tried.find(({ address }) => connects.get(address) === false);
  if (dead) return unanswered(dead, side, tried.length);
  return tried.length > 0
    ? good(`the caller's pod connects to ${tried.map(({ address }) => address).join(', ')}`)
    : unknown(`no connection was tried from the caller's pod`);
}

function unanswered({ object, address }: Endpoint, side: Side, tried: number): Look {
  if (side === 'kubernetes')
    return broken(
      `the caller's pod cannot connect to ${address} of ${nameOf(object)}`,
      'see what is between them: the CNI, a firewall, a NetworkPolicy of another kind (Cilium, Calico)',
    );
  const isStale = tried > 1 || object.metadata.annotations?.['istio.io/connectedAt'] === undefined;
  return isStale
    ? broken(
        `${nameOf(object)} is stale: nothing answers at ${address}, and callers send it its part`,
        `kubectl -n ${object.metadata.namespace} delete workloadentry ${object.metadata.name}`,
      )
    : broken(
        `the caller's pod cannot connect to ${address} of ${nameOf(object)}`,
        'open the port in the firewall of the machine and on the way to it, for the addresses of pods',
      );
}

/** Machines reach istiod through the gateway, and pods reach machines of another network through it. */
function gatewayFault(facts: Facts): Look | undefined {
  const { mesh } = facts.loaded;
  const service = gatewayOf(facts);
  const label = `Service ${mesh.namespace}/${mesh.expansionGateway.service}`;
  if (!service)
    return isBehindGateway(facts)
      ? broken(
          `there is no ${label}, the expansion gateway: the VM is on a network of its own`,
          'install it (expansionGateway.render in mesh.yaml), or correct its name there',
        )
      : undefined;
  const ports = ((service.spec?.ports ?? []) as readonly { readonly port: number }[]).map(({ port }) => port);
  const needed = isBehindGateway(facts) ? GATEWAY_PORTS : GATEWAY_PORTS.slice(0, 1);
  const lacking = needed.find((port) => !ports.includes(port));
  if (lacking !== undefined)
    return broken(
      `${label} has no port ${lacking}: ${lacking === 15012 ? 'machines do not reach istiod' : 'requests do not cross networks'}`,
      `add port ${lacking} to it`,
    );
  if (gatewayAddress(service) === undefined)
    return broken(
      `${label} has no address from its load balancer`,
      `kubectl -n ${mesh.namespace} describe service ${mesh.expansionGateway.service}`,
    );
  return undefined;
}

function gatewayOf(facts: Facts): LiveObject | undefined {
  const { mesh } = facts.loaded;
  return ofKind(facts, 'Service', mesh.namespace).find(
    ({ metadata }) => metadata.name === mesh.expansionGateway.service,
  );
}

function deniedBy(facts: Facts, caller: Caller, { object, address }: Endpoint, side: Side): Look | undefined {
  const policies = ofKind(facts, 'NetworkPolicy');
  const [first] = facts.loaded.migration.ports;
  if (!first) return undefined;
  const port = { number: first[side], name: first.name };
  const from: Peer = {
    namespace: caller.namespace,
    labels: caller.labels,
    namespaceLabels: labelsOfNamespace(facts, caller.namespace),
  };
  const { namespace = '' } = object.metadata;
  const to: Peer = {
    namespace,
    namespaceLabels: labelsOfNamespace(facts, namespace),
    address: address.replace(/:\d+$/, ''),
    ...(side === 'kubernetes' && { labels: object.metadata.labels ?? {} }),
  };
  const [out] = denyingPolicies(policies, 'egress', from, to, port);
  if (out)
    return broken(
      `${nameOf(out)} keeps the caller from ${address}: none of its egress rules admits it`,
      side === 'vm'
        ? `add an egress rule with ipBlock ${to.address}/32 and port ${port.number}`
        : `add an egress rule to ${namespace} and port ${port.number}`,
    );
  const [into] = side === 'kubernetes' ? denyingPolicies(policies, 'ingress', to, from, port) : [];
  return (
    into &&
    broken(
      `${nameOf(into)} keeps the caller from ${nameOf(object)}: none of its ingress rules admits it`,
      `add an ingress rule from namespace ${caller.namespace} and port ${port.number}`,
    )
  );
}

/** Where namespaces may not be read, the label that each carries is known all the same. */
function labelsOfNamespace(facts: Facts, name: string): Labels {
  const found = facts.objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name);
  return { 'kubernetes.io/metadata.name': name, ...found?.metadata.labels };
}
