import { existsSync, readFileSync, watch } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { complete, loadConfig } from '../config-file';
import { Failure, toFailure } from '../failure';
import type { MachineFacts } from '../join/desired';
import { entriesPath, entryName, factTargets, readFacts } from '../join/mesh-facts';
import { serves, standingOf } from '../join/registration';
import { Session } from '../join/session';
import { claimsOf } from '../join/token';
import { ApiError, explainRefusal } from '../kubernetes/client';
import type { KubernetesObject, WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { backoff, watchObject } from '../kubernetes/watch';
import { localAddresses } from '../machine/addresses';
import { run } from '../machine/command';
import { admitIstiod, reconnectToIstiod } from '../machine/istiod-connection';
import { takeLock } from '../machine/lock';
import { isActive, Machine } from '../machine/machine';
import type { Paths } from '../paths';
import { pause } from '../pause';
import { staleFields } from '../stay/change-effect';
import { tidy } from '../stay/collect-garbage';
import { checkWayBack } from '../stay/connectivity';
import { converge, keepIstioToken, readMachineFacts } from '../stay/converge';
import { retireIstio } from '../stay/drain';
import { JournalLines } from '../stay/journal-lines';
import { type Measured, serveMetrics } from '../stay/metrics';
import { replaceEntry } from '../stay/replace-entry';
import { Disowned } from '../stay/retirement';
import { rotateLogs } from '../stay/rotate-logs';
import { certificateEnd } from './status';

/** Several objects often change together: they are waited for this long. */
const GATHER_MS = 200;
const TICK_MS = 5_000;
/** The machine's own side is looked at this often, and everything, whatever was told, that often. */
const LOCAL_MS = 30_000;
const EVERYTHING_MS = 300_000;
/** How long an entry may be away before the connection to istiod is made anew; so long Istio also takes to start. */
const PATIENCE_MS = 4_000;
/** How long it may be without health: a connected machine says its health at once. */
const HEALTH_PATIENCE_MS = 500;
/** A group that is gone may be re-created at once (an edit of its name back and forth): its machine waits so long. */
const RETIRE_MS = 10_000;

/**
 * Stays in the mesh until the process is told to end: watches what the mesh says and what the machine is, and makes
 * one follow the other.
 */
export async function keepInMesh(paths: Paths): Promise<void> {
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  await new Keeper(paths, new JournalLines(), end.signal).keep();
}

class Keeper {
  private readonly measured: Measured = {
    registered: false,
    healthy: false,
    retired: false,
    connected: false,
    changes: 0,
    restarts: 0,
    reconnects: 0,
    failures: 0,
  };
  private session: Session;
  /** What is not yet done, and why. */
  private dirty: string | undefined = 'start';
  private group: WorkloadGroup | undefined;
  private groupGoneAt: number | undefined;
  private entry: WorkloadEntry | undefined;
  private entryWatch: { readonly name: string; readonly end: AbortController } | undefined;
  /** Since when the machine is not in traffic for a reason that a new connection mends. */
  private outSince: number | undefined;
  private attempts = 0;
  private readonly disowned = new Disowned();
  /** Why the agent starts anew, between two pieces of work. */
  private outdated: string | undefined;
  private local: MachineFacts | undefined;
  private addresses: readonly string[] = [];
  private wakeUp: () => void = () => {};

  constructor(
    private readonly paths: Paths,
    private readonly lines: JournalLines,
    private readonly signal: AbortSignal,
  ) {
    this.session = new Session(paths);
  }

  async keep(): Promise<void> {
    const { metricsPort } = this.session.config;
    const server = metricsPort
      ? serveMetrics(metricsPort, this.measured, (error) =>
          this.lines.warning(`metrics are not served: ${error.message}`),
        )
      : undefined;
    const told = watch(this.paths.etc, () => this.lookAtWhatWasTold());
    this.watchAll();
    this.lines.info(`keeps this machine in ${this.groupName}`);
    let localAt = 0;
    let everythingAt = Date.now();
    while (!(this.signal.aborted || this.outdated)) {
      const now = Date.now();
      if (localAt < now - LOCAL_MS) {
        localAt = now;
        await this.attempt('look at the machine', () => this.lookAtMachine());
      }
      if (everythingAt < now - EVERYTHING_MS) {
        everythingAt = now;
        this.dirty ??= 'a look at everything';
      }
      this.lookAtAddresses();
      if (this.group && this.dirty) {
        await this.attempt(this.dirty, () => this.follow());
        tidy();
      }
      if (this.group && !this.dirty) await this.attempt('registration', () => this.careForRegistration());
      if (!this.group || this.disowned.isRefused) await this.attempt('retire', () => this.retireIfGone());
      await this.sleep();
    }
    told.close();
    server?.close();
    if (this.outdated) {
      this.lines.info(`${this.outdated}: starts anew`);
      process.exit(0); // the watches would go on with what was before
    }
    this.lines.info('ends; Istio goes on by itself');
  }

  private get groupName(): string {
    const { namespace, name } = this.session.config.workloadGroup;
    return `${namespace}/${name}`;
  }

  private wake(why: string): void {
    this.dirty ??= why;
    this.wakeUp();
  }

  private async sleep(): Promise<void> {
    const soon = this.outSince || this.groupGoneAt ? 500 : TICK_MS;
    const wait = this.dirty && this.group ? backoff(this.attempts) : soon;
    const early = new AbortController();
    this.wakeUp = () => early.abort();
    await pause(wait, AbortSignal.any([this.signal, early.signal]));
    if (early.signal.aborted) await pause(GATHER_MS, this.signal);
    this.wakeUp = () => {};
  }

  /** Runs a part of the work; what fails is told once, and tried again later. */
  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.attempts = 0;
    } catch (thrown) {
      this.attempts++;
      const { namespace } = this.session.config.workloadGroup;
      const failure = toFailure(explainRefusal(thrown, what, this.session.token, namespace));
      if (failure.kind === 'busy') return;
      this.measured.failures++;
      this.lines.error(`${failure.message} → ${failure.next}`);
    }
  }

  private watchAll(): void {
    const targets = factTargets(this.session.config);
    for (const [what, target] of Object.entries(targets)) {
      if (what === 'gateway' && this.session.config.mesh.istiodAddress !== undefined) continue;
      let version: string | undefined;
      void watchObject(
        this.session.api,
        target,
        {
          answered: () => this.answered(),
          changed: (object) => {
            if (what === 'group') this.groupChanged(object as WorkloadGroup | undefined);
            if (object && object.metadata.resourceVersion === version) return;
            version = object?.metadata.resourceVersion;
            if (object) this.wake(`${target.name} changed`);
          },
          failed: (error, retryMs) => this.watchFailed(error, retryMs),
        },
        this.signal,
      );
    }
  }

  private answered(): void {
    if (!this.measured.connected) this.lines.info('the API server answers');
    this.measured.connected = true;
    this.disowned.accepted();
  }

  private watchFailed(thrown: unknown, retryMs: number): void {
    if (thrown instanceof ApiError && thrown.status === 410) return;
    this.measured.connected = false;
    const { namespace } = this.session.config.workloadGroup;
    const failure = toFailure(explainRefusal(thrown, 'what it watches', this.session.token, namespace));
    this.lines.warning(`${failure.message} → ${failure.next}; it goes on trying`);
    const ends = claimsOf(this.session.token)?.expires;
    if (failure.kind === 'bad-token' && ends && ends > new Date()) this.disowned.refused();
    if (retryMs > 5000) this.wakeUp();
  }

  private groupChanged(group: WorkloadGroup | undefined): void {
    if (group) {
      if (this.groupGoneAt || this.measured.retired) this.lines.info(`${this.groupName} is back`);
      this.groupGoneAt = undefined;
      this.measured.retired = false;
    } else if (this.group || !this.measured.retired) {
      this.groupGoneAt ??= Date.now();
    }
    this.group = group;
    this.wakeUp();
  }

  private watchEntry(name: string): void {
    if (this.entryWatch?.name === name) return;
    this.entryWatch?.end.abort();
    const end = new AbortController();
    this.entryWatch = { name, end };
    this.entry = undefined;
    this.outSince = Date.now();
    const changed = (object: KubernetesObject | undefined) => {
      this.entry = object as WorkloadEntry | undefined;
      this.noteStanding();
      this.wakeUp();
    };
    void watchObject(
      this.session.api,
      { collection: entriesPath(this.session.config), name },
      { answered: () => this.answered(), changed, failed: (error, ms) => this.watchFailed(error, ms) },
      AbortSignal.any([this.signal, end.signal]),
    );
  }

  private noteStanding(): void {
    const standing = standingOf(this.entry);
    const healthy = serves(standing);
    if (healthy !== this.measured.healthy) this.lines.info(`the machine is ${standing} in ${this.groupName}`);
    this.measured.registered = standing !== 'absent';
    this.measured.healthy = healthy;
    if (healthy) this.reconnectsInRow = 0;
    if (standing === 'absent' || standing === 'unknown-health') this.outSince ??= Date.now();
    else this.outSince = undefined;
  }

  /** The machine follows the mesh. */
  private async follow(): Promise<void> {
    const why = this.dirty ?? '';
    await this.changing(why, async (machine) => {
      const { session } = this;
      const facts = await readFacts(session.api, session.config, session.token);
      this.dirty = undefined;
      this.addresses = localAddresses();
      this.local = await readMachineFacts(session);
      const { entry } = this;
      const { effect, reconnected } = await converge(machine, session, facts, this.local, async (restart) => {
        const stays = entry?.metadata.name === entryName(facts.group, this.local?.nodeIp ?? '');
        if (!entry || !stays || staleFields(facts.group, entry).length === 0) return restart();
        // One restart for both: the files, and the entry that has to be made anew.
        const way = await replaceEntry(session, facts.group, entry, true, restart);
        this.lines.info(`WorkloadEntry ${entry.metadata.name} is ${way}`);
      });
      if (effect === 'start' || effect === 'restart') this.measured.restarts++;
      else if (reconnected) this.measured.reconnects++;
      if (effect === 'restart') await checkWayBack(session);
      this.watchEntry(entryName(facts.group, this.local.nodeIp));
      if (effect === 'start' || effect === 'restart') this.outSince = Date.now() + PATIENCE_MS;
    });
    this.measured.lastReconcile = new Date();
  }

  /** The entry follows the group, and says that the machine is healthy. */
  private async careForRegistration(): Promise<void> {
    const { entry, group, session } = this;
    if (!group) return;
    if (entry && standingOf(entry) !== 'absent') {
      const stale = staleFields(group, entry);
      if (stale.length > 0) {
        const lock = await takeLock(this.paths.lock, 'run');
        try {
          this.lines.info(`WorkloadEntry ${entry.metadata.name} is outdated: ${stale.join(', ')}`);
          const way = await replaceEntry(session, group, entry, false, async () => {
            this.measured.restarts++;
            await run('systemctl', ['restart', 'istio']);
          });
          this.lines.info(`WorkloadEntry ${entry.metadata.name} is ${way}`);
          this.outSince = undefined;
        } finally {
          await lock.release();
        }
        return;
      }
    }
    const patience = entry ? HEALTH_PATIENCE_MS : PATIENCE_MS;
    if (this.outSince === undefined || Date.now() - this.outSince < patience) return;
    if (!this.measured.connected) return;
    this.lines.info(
      `the machine is ${standingOf(entry)} in ${this.groupName}: the connection to istiod is made anew`,
    );
    this.measured.reconnects++;
    if (!(await reconnectToIstiod())) {
      this.measured.restarts++;
      await run('systemctl', ['restart', 'istio']);
    }
    // The next one follows later, and ever later: istiod may be away.
    this.reconnectsInRow = Math.min(this.reconnectsInRow + 1, 4);
    this.outSince = Date.now() + 5_000 * 2 ** this.reconnectsInRow;
  }

  private reconnectsInRow = 0;

  /** Stops Istio once the group is gone for good, and nobody is in the middle of a request. */
  private async retireIfGone(): Promise<void> {
    if (this.measured.retired) return;
    const gone = this.groupGoneAt !== undefined && Date.now() - this.groupGoneAt > RETIRE_MS;
    if (!gone && !(await this.disowned.isCertain())) return;
    this.group = undefined;
    this.groupGoneAt = undefined;
    Object.assign(this.measured, { retired: true, registered: false, healthy: false });
    const disowned = "the API server no longer knows this machine's account, and istiod does not take it: ";
    await retireIstio(`${gone ? '' : disowned}${this.groupName} is retired`, this.lines);
  }

  /** Somebody wrote into the agent's own folder: another token, or another configuration. */
  private lookAtWhatWasTold(): void {
    try {
      const config = complete(loadConfig(this.paths.config));
      if (this.session.isOutdated) this.outdated = 'another token was set';
      else if (!isDeepStrictEqual(config, this.session.config)) this.outdated = 'the configuration changed';
    } catch (error) {
      this.lines.error(`what it was told cannot be read: ${(error as Error).message}`);
    }
    if (this.outdated) this.wakeUp();
  }

  /** An address more may be the one to use from now on; with one less, connections from it are dead unseen. */
  private lookAtAddresses(): void {
    const now = localAddresses();
    if (this.addresses.some((address) => !now.includes(address))) {
      this.outdated = 'an address of the machine is gone';
    } else if (now.length > this.addresses.length) this.dirty ??= "the machine's addresses changed";
  }

  /** The machine's own side: tokens, logs, and whether Istio runs. */
  private async lookAtMachine(): Promise<void> {
    const { paths, session, measured } = this;
    const rotated = await rotateLogs(paths.istio.logs);
    if (rotated.length > 0) this.lines.info(`packed away ${rotated.join(', ')}`);
    measured.certificateExpires = certificateEnd(paths.istio.certChain);
    const istioToken = existsSync(paths.istio.token) ? readFileSync(paths.istio.token, 'utf8') : '';
    measured.istioTokenExpires = claimsOf(istioToken)?.expires;
    measured.bearerTokenExpires = claimsOf(session.token)?.expires;
    if (!measured.connected || measured.retired || !this.group) return;
    const before = session.token;
    measured.bearerTokenExpires = await session.keepBearerToken();
    if (session.token !== before) {
      this.lines.info(`its own token is renewed, until ${measured.bearerTokenExpires?.toISOString()}`);
    }
    if (!(await isActive('istio'))) this.wake('Istio does not run');
    else if (this.local) {
      const account = this.group.spec.template?.serviceAccount || 'default';
      measured.istioTokenExpires = await keepIstioToken(
        new Machine(paths, { dryRun: false }),
        session,
        account,
      );
    }
  }

  /** Does something to the machine, alone, so that all of it stays or none. */
  private async changing(why: string, work: (machine: Machine) => Promise<void>): Promise<void> {
    const lock = await takeLock(this.paths.lock, 'run');
    try {
      const machine = new Machine(this.paths, {
        dryRun: false,
        tell: (change) => this.lines.info(`${change} (${why})`),
      });
      if (machine.hasUnfinished) {
        await admitIstiod();
        await machine.undoUnfinished();
      }
      machine.begin();
      try {
        await work(machine);
        machine.commit();
        this.measured.changes += machine.changes.length;
      } catch (error) {
        await machine.undoUnfinished();
        if (error instanceof Failure && error.kind === 'cut-off')
          this.lines.error('what was changed is taken back');
        throw error;
      }
    } finally {
      await lock.release();
    }
  }
}
