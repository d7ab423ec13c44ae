import type { LoadedMigration, Side } from '../../config';
import type { Phase } from '../../plan/phase';
import type { SideTraffic, Traffic } from './traffic';

/** Who takes part in a request. */
export interface Node {
  readonly id: string;
  readonly kind: 'caller' | 'gateway' | 'service' | Side;
  readonly label: string;
  /** Second line, e.g. what is seen of its health; absent: nothing is known. */
  readonly detail?: string;
}

/** Where requests go. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Share that git declares, in percent; absent: the edge is not one that is split. */
  readonly declared?: number;
  /** What was measured; absent: nobody could be asked. */
  readonly traffic?: SideTraffic;
}

/** A service, who calls it, and the two sides that may answer. */
export interface Topology {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** What is known beside the declaration. */
export interface Seen {
  /** Of the VM and of the pods, in a few words. */
  readonly vm?: string;
  readonly pods?: string;
  readonly traffic?: Traffic;
}

const MOST_CALLERS = 3;

/** The topology of a migration in a phase. */
export function topologyOf({ migration }: LoadedMigration, phase: Phase, seen: Seen): Topology {
  const { traffic } = seen;
  const callers = callerNodes(traffic);
  const gateways = migration.gateways.map(({ name }) => ({
    id: `gateway ${name}`,
    kind: 'gateway' as const,
    label: name,
  }));
  const service: Node = {
    id: 'service',
    kind: 'service',
    label: migration.service.name,
    detail: migration.namespace,
  };
  const vm: Node = { id: 'vm', kind: 'vm', label: migration.vm.group, ...detail(seen.vm) };
  const pods: Node | undefined = migration.kubernetes && {
    id: 'kubernetes',
    kind: 'kubernetes',
    label: migration.kubernetes.name,
    ...detail(seen.pods),
  };
  const sides = [...(phase.vm ? [vm] : []), ...(phase.pods && pods ? [pods] : [])];
  return {
    nodes: [...callers.map(({ node }) => node), ...gateways, service, ...sides],
    edges: [
      ...callers.map(({ node, perSecond }) => ({
        from: node.id,
        to: service.id,
        ...(perSecond !== undefined && { traffic: { perSecond } }),
      })),
      ...gateways.map(({ id }) => ({ from: id, to: service.id })),
      ...sides.map(({ id }) => ({
        from: service.id,
        to: id,
        declared: phase.share[id as Side],
        ...(traffic && { traffic: traffic[id as Side] }),
      })),
    ],
  };
}

function callerNodes(traffic: Traffic | undefined): { node: Node; perSecond?: number }[] {
  const known = traffic?.callers ?? [];
  if (known.length === 0) return [{ node: { id: 'callers', kind: 'caller', label: 'callers' } }];
  const shown = known.slice(0, MOST_CALLERS).map(({ name, perSecond }) => ({
    node: {
      id: `caller ${name}`,
      kind: 'caller' as const,
      label: name === 'unknown' ? 'outside the mesh' : name,
    },
    perSecond,
  }));
  const rest = known.slice(MOST_CALLERS);
  if (rest.length === 0) return shown;
  const sum = rest.reduce((total, { perSecond }) => total + perSecond, 0);
  return [
    ...shown,
    { node: { id: 'callers', kind: 'caller', label: `${rest.length} more` }, perSecond: sum },
  ];
}

function detail(text: string | undefined): { readonly detail?: string } {
  return text === undefined ? {} : { detail: text };
}

/** What an edge carries, in words: `12.4/s, 99.98 % ok, p99 18 ms, mTLS`. */
export function edgeWords({ declared, traffic }: Edge, percentile = 99): string {
  const parts: string[] = [];
  if (declared !== undefined) parts.push(`${declared} %`);
  if (traffic) parts.push(`${rate(traffic.perSecond)}/s`);
  if (traffic?.success !== undefined) parts.push(`${number(traffic.success, 2)} % ok`);
  if (traffic?.latency !== undefined) parts.push(`p${percentile} ${number(traffic.latency, 0)} ms`);
  if (traffic?.mutualTls !== undefined)
    parts.push(traffic.mutualTls >= 99.95 ? 'mTLS' : `${number(traffic.mutualTls, 0)} % mTLS`);
  return parts.join(', ');
}

function rate(perSecond: number): string {
  return number(perSecond, perSecond < 10 ? 1 : 0);
}

function number(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
