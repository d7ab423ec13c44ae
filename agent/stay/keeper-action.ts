import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';

/** What the background agent does next. */
export type Action =
  /** End the process, so that systemd starts it again. */
  | { readonly do: 'stop'; readonly why: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** Inspect the machine itself: tokens, logs, and whether Istio runs. */
  | { readonly do: 'inspect' }
  /** Make the machine match the mesh. */
  | { readonly do: 'converge'; readonly why: string }
  /** Make the entry match its group. */
  | {
      readonly do: 'replace-entry';
      readonly group: WorkloadGroup;
      readonly entry: WorkloadEntry;
      readonly stale: readonly string[];
    }
  /** Reset the connection to istiod, which then registers the machine again. */
  | { readonly do: 'reconnect'; readonly entry: WorkloadEntry | undefined }
  /** Reset the connection to istiod, to learn whether istiod still accepts this machine. */
  | { readonly do: 'ask-istiod' }
  | { readonly do: 'observe-istiod' }
  /** Stop Istio for good, once no request is in flight. */
  | { readonly do: 'retire'; readonly because: 'group-gone' | 'refused' };

/** An action that does something: `stop` and `wait` are for the loop alone. */
export type MachineAction = Exclude<Action, { do: 'stop' | 'wait' }>;

/** Name of an action. */
export type ActionName = MachineAction['do'];
