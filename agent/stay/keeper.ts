import { toFailure } from '../failure';
import type { Session } from '../join/session';
import { explainRefusal } from '../kubernetes/explain';
import { localAddresses } from '../machine/addresses';
import type { Paths } from '../paths';
import { pause } from '../pause';
import { collectGarbage } from './collect-garbage';
import { decide } from './decide';
import type { JournalLines } from './journal-lines';
import type { MachineAction } from './keeper-action';
import { initialState, type KeeperEvent, type KeeperState, nextState } from './keeper-state';
import type { Measured } from './metrics';
import { perform } from './perform';
import { transitionLines } from './transition-lines';
import { followEntry, watchConfiguration, watchFacts } from './watches';

/** Counts and dates for the metrics that are no part of what is decided upon. */
type Counters = Omit<Measured, 'group' | 'registered' | 'healthy' | 'retired' | 'connected'>;

/**
 * Keeps this machine in the mesh: events change the state, the state decides what is done next, and what is done
 * comes back as events.
 */
export class Keeper {
  readonly counters: Counters = { changes: 0, restarts: 0, reconnects: 0, failures: 0 };
  private readonly startedAt: number;
  private current: KeeperState;
  private wake: () => void = () => {};

  /**
   * @param now reads the clock, in milliseconds
   */
  constructor(
    readonly paths: Paths,
    readonly session: Session,
    readonly lines: JournalLines,
    private readonly now: () => number = Date.now,
  ) {
    this.startedAt = now();
    this.current = initialState(this.startedAt);
  }

  get state(): KeeperState {
    return this.current;
  }

  get measured(): Measured {
    const { registered, healthy, retired, connected } = this.state;
    const { workloadGroup: group } = this.session.config;
    return { ...this.counters, group, registered, healthy, retired, connected };
  }

  /** `<namespace>/<name>` of the WorkloadGroup. */
  get groupName(): string {
    const { namespace, name } = this.session.config.workloadGroup;
    return `${namespace}/${name}`;
  }

  /** Something happened. */
  dispatch(event: KeeperEvent): void {
    const before = this.current;
    this.current = nextState(before, event, this.now());
    for (const line of transitionLines(before, this.current, this.groupName)) this.lines.info(line);
    this.wake();
  }

  /**
   * Keeps on until `signal` fires, or until the process has to start again.
   *
   * @returns why it has to start again; undefined where `signal` fired
   */
  async keep(signal: AbortSignal): Promise<string | undefined> {
    const end = new AbortController();
    const ended = AbortSignal.any([signal, end.signal]);
    const endWatchOfConfiguration = watchConfiguration(this);
    watchFacts(this, ended);
    let endOfEntry = () => {};
    let followed: string | undefined;
    try {
      while (!signal.aborted) {
        this.dispatch({ type: 'addresses', addresses: localAddresses() });
        const { entryName } = this.state;
        if (entryName !== undefined && entryName !== followed) {
          endOfEntry();
          followed = entryName;
          endOfEntry = followEntry(this, entryName, ended);
        }
        const action = decide(this.state, this.now());
        if (action.do === 'stop') return action.why;
        if (action.do === 'wait') await this.wait(action.ms, signal);
        else await this.attempt(action);
      }
      return undefined;
    } finally {
      end.abort();
      endWatchOfConfiguration();
    }
  }

  /** Does one thing. A failure is logged, and the state says when to try again. */
  private async attempt(action: MachineAction): Promise<void> {
    this.dispatch({ type: 'began', action });
    try {
      await perform(this, action);
    } catch (thrown) {
      const what = action.do === 'converge' ? action.why : SUBJECTS[action.do];
      const { namespace } = this.session.config.workloadGroup;
      const failure = toFailure(explainRefusal(thrown, what, this.session.token, namespace));
      if (failure.kind !== 'busy') {
        this.counters.failures++;
        this.lines.error(`${failure.message} → ${failure.next}`);
      }
      this.dispatch({ type: 'failed', action: action.do, random: Math.random() });
      if (failure.kind === 'read-only' && this.now() - this.startedAt > SAME_FILES_MS) {
        this.dispatch({ type: 'outdated', why: failure.message });
      }
    }
    if (action.do === 'converge') collectGarbage();
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.wake = () => early.abort();
    await pause(ms, AbortSignal.any([signal, early.signal]));
    this.wake = () => {};
  }
}

/**
 * The unit may write /etc/hosts and not its folder: once another program has replaced the file, only a new process may
 * write it. One that is read-only for other reasons is not started again all the time.
 */
const SAME_FILES_MS = 60_000;

/** What an action asks the API server for, as a refusal names it. */
const SUBJECTS = {
  inspect: 'tokens',
  'replace-entry': 'registration',
  reconnect: 'registration',
  'ask-istiod': 'retirement',
  'observe-istiod': 'retirement',
  retire: 'retirement',
} as const;
