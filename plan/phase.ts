/** The two sides of a migration. */
export type Side = 'vm' | 'kubernetes';

/** What a migration ends in: `done` is a temporary one's end, the others are long-term. */
export type End = 'done' | 'onboard' | 'split' | 'standby';

/** Share of each side in percent. A side that is absent is not in the routes at all. */
export interface Weights {
  readonly vm?: number;
  readonly kubernetes?: number;
}

/** One step of a migration: what each layer holds while it is current. */
export interface Phase {
  /** Name that the migration's `phase` field takes, e.g. `shift-25`. */
  readonly name: string;
  /** Whether the vm layer is there: WorkloadGroup, PeerAuthentication and the agent's access. */
  readonly vm: boolean;
  /** Whether pods serve, ours or ones that exist already. */
  readonly pods: boolean;
  /**
   * Sides that routes can lead to: subsets of the DestinationRule, or Services of their own; none: nothing tells the
   * sides apart.
   */
  readonly subsets: readonly Side[];
  /** Whether the DestinationRule prefers the VM while it lives and falls over to the pods. */
  readonly failover: boolean;
  /** Weights of the routes; absent: nothing is split, requests go to the Service as it is. */
  readonly weights?: Weights;
  /** Share of the traffic each side should be seen to get, in percent. */
  readonly share: { readonly vm: number; readonly kubernetes: number };
  /** What this phase changes, in one sentence. */
  readonly summary: string;
}
