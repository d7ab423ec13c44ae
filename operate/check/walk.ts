import type { Side } from '../../config';
import type { Facts } from './facts';
import { type Hop, type Look, unknown } from './hop';
import { access } from './hops/access';
import { caller } from './hops/caller';
import { controlPlane } from './hops/control-plane';
import { endpoint } from './hops/endpoint';
import { git } from './hops/git';
import { machine } from './hops/machine';
import { mtls } from './hops/mtls';
import { name } from './hops/name';
import { network } from './hops/network';
import { outgoing } from './hops/outgoing';
import { route } from './hops/route';
import { visibility } from './hops/visibility';
import { port, selection, subset } from './hops/workload';

/** A part of the path: how it is looked at, and the kinds that have to be read for it. */
interface Part {
  readonly name: string;
  readonly look: (facts: Facts, side: Side) => Look;
  readonly kinds: readonly string[];
  /** The side that has it. @default both */
  readonly only?: Side;
}

/** Before the path splits. */
const SHARED: readonly Part[] = [
  { name: 'istiod', look: controlPlane, kinds: ['Deployment'] },
  { name: 'caller', look: caller, kinds: ['Pod', 'PeerAuthentication'] },
  { name: 'name', look: name, kinds: ['Service', 'ServiceEntry'] },
  { name: 'visibility', look: visibility, kinds: ['Service', 'Sidecar'] },
  { name: 'route', look: route, kinds: ['VirtualService', 'DestinationRule'] },
];

/** On the way to a side, in the order in which one depends on the one before. */
const OF_A_SIDE: readonly Part[] = [
  { name: 'subset', look: subset, kinds: ['DestinationRule'] },
  { name: 'selection', look: selection, kinds: ['Service', 'WorkloadGroup', 'Deployment'] },
  { name: 'port', look: port, kinds: ['Service', 'WorkloadGroup', 'Deployment', 'Pod'] },
  { name: 'machine', look: machine, kinds: [], only: 'vm' },
  { name: 'endpoint', look: endpoint, kinds: ['WorkloadEntry', 'Pod'] },
  { name: 'network', look: network, kinds: ['Service', 'NetworkPolicy'] },
  { name: 'mutual TLS', look: mtls, kinds: ['PeerAuthentication', 'DestinationRule'] },
  { name: 'access', look: access, kinds: ['AuthorizationPolicy'] },
  { name: 'outgoing', look: outgoing, kinds: ['NetworkPolicy'], only: 'kubernetes' },
];

/** Last, since any change by hand differs from git: what the change breaks comes first. */
const LAST: readonly Part[] = [{ name: 'git', look: git, kinds: ['VirtualService', 'DestinationRule'] }];

/** The path of a request from the caller to each side that the phase has, hop by hop. */
export function walkPath(facts: Facts): readonly Hop[] {
  const { phase, unread } = facts;
  const sides: readonly Side[] = [
    ...(phase.vm ? ['vm' as const] : []),
    ...(phase.pods ? ['kubernetes' as const] : []),
  ];
  const hop = (part: Part, side: Side, isOfSide: boolean): Hop => {
    const lacking = part.kinds.find((kind) => unread.has(kind));
    const look =
      lacking === undefined ? part.look(facts, side) : unknown(`${lacking}: ${unread.get(lacking)}`);
    return { name: part.name, ...(isOfSide && { side }), ...look };
  };
  return [
    ...SHARED.map((part) => hop(part, 'vm', false)),
    ...sides.flatMap((side) =>
      OF_A_SIDE.filter(({ only = side }) => only === side).map((part) => hop(part, side, true)),
    ),
    ...LAST.map((part) => hop(part, 'vm', false)),
  ];
}

/** The first hop where requests end; undefined: none was found. */
export function firstBroken(hops: readonly Hop[]): Hop | undefined {
  return hops.find(({ outcome }) => outcome === 'broken');
}
