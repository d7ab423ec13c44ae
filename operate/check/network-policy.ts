import { BlockList, isIPv4 } from 'node:net';
import type { LiveObject } from '../gate/cluster';
import { type LabelSelector, type Labels, selects } from './labels';

/** One end of a connection. */
export interface Peer {
  readonly namespace: string;
  /** Labels of the pod; absent: a machine. */
  readonly labels?: Labels;
  readonly namespaceLabels: Labels;
  readonly address?: string;
}

interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface PolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

interface Rule {
  readonly from?: readonly PolicyPeer[];
  readonly to?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

interface Policy {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/**
 * The NetworkPolicies that keep a pod from a connection: those that select it, where none of them admits the other end.
 *
 * @param direction of the pod that is asked about
 * @param port number that is connected to, and its name at that end
 * @returns empty: the connection is admitted, or no policy selects the pod
 */
export function denyingPolicies(
  policies: readonly LiveObject[],
  direction: 'ingress' | 'egress',
  pod: Peer,
  other: Peer,
  port: { readonly number: number; readonly name?: string },
): readonly LiveObject[] {
  const selecting = policies.filter(({ metadata, spec }) => {
    const { podSelector, policyTypes, egress } = (spec ?? {}) as Policy;
    const types = policyTypes ?? ['Ingress', ...(egress ? ['Egress'] : [])];
    const isOf = types.some((type) => type.toLowerCase() === direction);
    return isOf && metadata.namespace === pod.namespace && selects(podSelector, pod.labels);
  });
  const admits = selecting.some(({ spec }) =>
    ((spec as Policy)[direction] ?? []).some(
      (rule) =>
        holdsPeer(direction === 'ingress' ? rule.from : rule.to, pod.namespace, other) &&
        holdsPort(rule.ports, port),
    ),
  );
  return admits ? [] : selecting;
}

function holdsPeer(peers: readonly PolicyPeer[] | undefined, home: string, other: Peer): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock)
      return (
        other.address !== undefined &&
        isWithin(other.address, ipBlock.cidr) &&
        !(ipBlock.except ?? []).some((cidr) => isWithin(other.address ?? '', cidr))
      );
    if (!other.labels) return false;
    const isThere = namespaceSelector
      ? selects(namespaceSelector, other.namespaceLabels)
      : other.namespace === home;
    return isThere && (!podSelector || selects(podSelector, other.labels));
  });
}

function holdsPort(
  ports: readonly PolicyPort[] | undefined,
  { number, name }: { readonly number: number; readonly name?: string },
): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some(({ protocol = 'TCP', port, endPort }) => {
    if (protocol !== 'TCP') return false;
    if (port === undefined) return true;
    return typeof port === 'string' ? port === name : number >= port && number <= (endPort ?? port);
  });
}

function isWithin(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
    return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  } catch {
    return false;
  }
}
