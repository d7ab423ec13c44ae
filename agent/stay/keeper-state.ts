import { serves, standingOf } from '../join/registration';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { backoff } from '../kubernetes/watch';
import type { ActionName, MachineAction } from './keeper-action';
import { askedIstiod, type IstioView, observed, type Refusal, refused } from './retirement';

/** Several objects often change together: the agent collects changes for this long before it acts. */
export const GATHER_MS = 200;
/** At least this often the agent compares the machine's addresses; an action that failed is not repeated sooner. */
export const TICK_MS = 5_000;
/** Time that Istio takes to start and register; for as long, a missing entry is no reason to reset the connection. */
export const REGISTRATION_MS = 4_000;
/** A reset of the connection is given this long, doubled with each further one, since istiod may be away. */
const RECONNECT_MS = 5_000;
const MAX_RECONNECT_DOUBLINGS = 4;

/**
 * All that the background agent knows when it decides what to do next. Times are milliseconds of one clock, which the
 * caller reads.
 */
export interface KeeperState {
  /** The WorkloadGroup; undefined before the API server answered, and where it does not exist. */
  readonly group: WorkloadGroup | undefined;
  readonly groupGoneAt: number | undefined;
  /** Whether the machine left the mesh because its group was retired. */
  readonly retired: boolean;
  /** Name of the machine's WorkloadEntry, known after the first converge. */
  readonly entryName: string | undefined;
  readonly entry: WorkloadEntry | undefined;
  readonly registered: boolean;
  /** Whether the mesh sends the machine traffic. */
  readonly healthy: boolean;
  /**
   * Since when the machine gets no traffic, for a reason that a new connection to istiod removes. It is in the future
   * while the effect of a restart or of a new connection is awaited.
   */
  readonly outSince: number | undefined;
  /** Resets of the connection since the machine last got traffic. */
  readonly reconnects: number;
  /** Whether the API server answers. */
  readonly connected: boolean;
  readonly refusal: Refusal | undefined;
  /** Why the machine has to converge, and from when on. */
  readonly pending: { readonly why: string; readonly at: number } | undefined;
  /** Reason of the converge in progress, until it has read the mesh's facts. */
  readonly reading: string | undefined;
  /** Attempts to converge that failed in a row. */
  readonly failures: number;
  /** Actions that must not start before a time, since they failed, or since their effect is awaited. */
  readonly notBefore: Readonly<Partial<Record<ActionName, number>>>;
  /** When the machine's own side was last inspected. */
  readonly inspectedAt: number;
  /** When the machine was last compared with the mesh. */
  readonly comparedAt: number;
  /** Addresses of the machine when it was last compared. */
  readonly addresses: readonly string[];
  /** Whether the machine's own facts have been read once. */
  readonly knowsMachine: boolean;
  /** Why the process has to start again. */
  readonly outdated: string | undefined;
}

/** Something that happened: in the mesh, on the machine, or by an action of the agent. */
export type KeeperEvent =
  | { readonly type: 'group'; readonly group: WorkloadGroup | undefined }
  | { readonly type: 'entry'; readonly entry: WorkloadEntry | undefined }
  /** Something changed that the machine has to follow. */
  | { readonly type: 'changed'; readonly why: string }
  | { readonly type: 'answered' }
  /** A watch failed; `refused`: the API server refuses a token that has not expired. */
  | { readonly type: 'watch-failed'; readonly refused: boolean }
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'outdated'; readonly why: string }
  | { readonly type: 'began'; readonly action: MachineAction }
  /** The mesh's and the machine's facts are read: what fails from here on is not repeated until something changes. */
  | { readonly type: 'facts-read'; readonly addresses: readonly string[] }
  | {
      readonly type: 'converged';
      readonly entryName: string;
      readonly restarted: boolean;
      readonly replaced: boolean;
    }
  | { readonly type: 'entry-replaced' }
  | { readonly type: 'reconnected' }
  | { readonly type: 'istio-observed'; readonly view: IstioView }
  /** `random`, from 0 to 1, spreads the next attempts of many machines. */
  | { readonly type: 'failed'; readonly action: ActionName; readonly random: number };

/** The state of an agent that starts now. */
export function initialState(now: number): KeeperState {
  return {
    group: undefined,
    groupGoneAt: undefined,
    retired: false,
    entryName: undefined,
    entry: undefined,
    registered: false,
    healthy: false,
    outSince: undefined,
    reconnects: 0,
    connected: false,
    refusal: undefined,
    pending: { why: 'start', at: now },
    reading: undefined,
    failures: 0,
    notBefore: {},
    inspectedAt: Number.NEGATIVE_INFINITY,
    comparedAt: now,
    addresses: [],
    knowsMachine: false,
    outdated: undefined,
  };
}

/** The state after an event. */
export function nextState(state: KeeperState, event: KeeperEvent, now: number): KeeperState {
  switch (event.type) {
    case 'group':
      if (event.group) return { ...state, group: event.group, groupGoneAt: undefined, retired: false };
      return { ...state, group: undefined, ...(!state.retired && { groupGoneAt: state.groupGoneAt ?? now }) };
    case 'entry':
      return withEntry(state, event.entry, now);
    case 'changed':
      return changed(state, event.why, now);
    case 'answered':
      return { ...state, connected: true, refusal: undefined };
    case 'watch-failed':
      return {
        ...state,
        connected: false,
        ...(event.refused && { refusal: refused(state.refusal, now) }),
      };
    case 'addresses':
      return withAddresses(state, event.addresses, now);
    case 'outdated':
      return { ...state, outdated: event.why };
    case 'began':
      return began(state, event.action, now);
    case 'facts-read':
      return { ...state, reading: undefined, addresses: event.addresses, knowsMachine: true };
    case 'converged':
      return converged(state, event, now);
    case 'entry-replaced':
      // The watch may deliver the new entry later.
      return { ...holdBack(state, 'replace-entry', now + TICK_MS), outSince: undefined };
    case 'reconnected': {
      const reconnects = Math.min(state.reconnects + 1, MAX_RECONNECT_DOUBLINGS);
      return { ...state, reconnects, outSince: now + RECONNECT_MS * 2 ** reconnects };
    }
    case 'istio-observed':
      return { ...state, refusal: state.refusal && observed(state.refusal, event.view, now) };
    case 'failed':
      return failed(state, event.action, event.random, now);
  }
}

function withEntry(state: KeeperState, entry: WorkloadEntry | undefined, now: number): KeeperState {
  const standing = standingOf(entry);
  const healthy = serves(standing);
  const isOut = standing === 'absent' || standing === 'unknown-health';
  return {
    ...state,
    entry,
    healthy,
    registered: standing !== 'absent',
    reconnects: healthy ? 0 : state.reconnects,
    outSince: isOut ? (state.outSince ?? now) : undefined,
  };
}

/** A change ends the wait after a failure. */
function changed(state: KeeperState, why: string, now: number): KeeperState {
  const { pending } = state;
  const at = pending && pending.at > now ? pending.at : now + GATHER_MS;
  return { ...holdBack(state, 'converge', undefined), pending: { why: pending?.why ?? why, at } };
}

/**
 * A new address may be the one to register from now on. If one is gone, connections from it are dead without an
 * error: the process starts again.
 */
function withAddresses(state: KeeperState, addresses: readonly string[], now: number): KeeperState {
  if (state.addresses.some((address) => !addresses.includes(address))) {
    return { ...state, outdated: 'an address of the machine is gone' };
  }
  if (state.pending || addresses.length <= state.addresses.length) return state;
  return { ...state, pending: { why: "the machine's addresses changed", at: now } };
}

function began(state: KeeperState, action: MachineAction, now: number): KeeperState {
  switch (action.do) {
    case 'inspect':
      return { ...state, inspectedAt: now };
    case 'converge':
      return { ...state, comparedAt: now, pending: undefined, reading: action.why };
    case 'ask-istiod':
      return { ...state, refusal: state.refusal && askedIstiod(state.refusal, now) };
    case 'observe-istiod':
      return { ...state, refusal: state.refusal && { ...state.refusal, observedAt: now } };
    case 'retire':
      return {
        ...state,
        group: undefined,
        groupGoneAt: undefined,
        retired: true,
        registered: false,
        healthy: false,
      };
    default:
      return state;
  }
}

function converged(
  before: KeeperState,
  { entryName, restarted, replaced }: KeeperEvent & { type: 'converged' },
  now: number,
): KeeperState {
  let state: KeeperState = { ...holdBack(before, 'converge', undefined), failures: 0 };
  if (state.entryName !== entryName) state = { ...state, entryName, entry: undefined, outSince: now };
  if (restarted) state = { ...state, outSince: now + REGISTRATION_MS };
  return replaced ? holdBack(state, 'replace-entry', now + TICK_MS) : state;
}

function failed(state: KeeperState, action: ActionName, random: number, now: number): KeeperState {
  if (action !== 'converge') return holdBack(state, action, now + TICK_MS);
  const { reading, pending } = state;
  return {
    ...holdBack(state, action, now + backoff(state.failures, random)),
    failures: state.failures + 1,
    reading: undefined,
    pending: pending ?? (reading === undefined ? undefined : { why: reading, at: now }),
  };
}

function holdBack(state: KeeperState, action: ActionName, until: number | undefined): KeeperState {
  return { ...state, notBefore: { ...state.notBefore, [action]: until } };
}
