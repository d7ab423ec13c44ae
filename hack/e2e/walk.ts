import { setTimeout as sleep } from 'node:timers/promises';
import { defineMigration, type MigrationInput } from '../../config';
import type { Phase } from '../../plan/phase';
import { plan } from '../../plan/plan';
import { isPlausible } from './binomial';
import { diagnosis } from './diagnosis';
import { untilWeights } from './gitops/observe';
import { Load, type LoadOptions, type Totals } from './load';
import {
  type Change,
  changes,
  clean,
  NAMESPACE,
  podsReady,
  type Rendered,
  Repository,
  sync,
} from './migration';
import { type Context, expect, PODS, told } from './scenario';
import type { Vm } from './vm';

/** What a client is given to hear of a phase without weights, and to let go of what it holds. */
const SETTLE_MS = 2000;
/** After its Envoy goes by a phase's weights: the requests that were under way by the old ones. */
const MARGIN_MS = 500;
const MEASURE_SECONDS = 4;
/** More than any walk takes: a load ends with its walk. */
const LONGEST_SECONDS = 800;

/** How the objects of a phase reach the cluster. */
export type Sync = (changes: readonly Change[]) => Promise<void>;

/** A migration that is walked through its phases, with loads on it that must not notice. */
export class Walk {
  readonly phases: readonly Phase[];
  private objects: readonly Rendered[] = [];
  private loads: readonly { readonly label: string; readonly load: Load }[] = [];

  constructor(
    private readonly context: Context,
    private readonly name: string,
    readonly repository: Repository,
    declared: MigrationInput,
    /** The machine; absent until it is started. */
    public vm?: Vm,
  ) {
    this.phases = plan(defineMigration(declared, 'analytics'));
  }

  /** Makes a phase the current one in the cluster, without a step of its own. */
  async apply(phase: string, put: Sync = (list) => sync(this.context.lab, list)): Promise<void> {
    this.repository.render(phase);
    const objects = this.repository.objects();
    await put(changes(this.objects, objects));
    this.objects = objects;
  }

  /** Starts loads, which go on until {@link endLoads}. */
  startLoads(
    loads: Readonly<Record<string, Pick<LoadOptions, 'url' | 'rate' | 'host' | 'newConnections'>>>,
  ): void {
    this.loads = Object.entries(loads).map(([label, options]) => ({
      label,
      load: new Load(this.context.lab, { ...options, seconds: LONGEST_SECONDS }),
    }));
  }

  /** Moves to a phase and measures it: each load is split as the phase declares, and nothing failed on the way. */
  async to(name: string, put?: Sync): Promise<void> {
    const { lab, report } = this.context;
    const phase = this.phases.find((one) => one.name === name);
    if (!phase) throw new Error(`no phase ${name}`);
    const share = `VM ${phase.share.vm} %, pods ${phase.share.kubernetes} %, none failed`;
    await report.step(this.name, name, share, async () => {
      await this.apply(name, put);
      if (phase.pods) await podsReady(lab);
      if (phase.vm && this.vm) await this.vm.serves();
      if (phase.weights) await untilWeights(lab, phase.share);
      await sleep(phase.weights ? MARGIN_MS : SETTLE_MS);
      const pods = phase.share.kubernetes / 100;
      const seen = await Promise.all(this.loads.map(({ load }) => measure(load, pods)));
      const words = this.loads
        .map(({ label }, index) => `${label}: ${told(seen[index] as Totals)}`)
        .join('; ');
      const lost = this.loads.reduce((sum, { load }) => sum + load.failed, 0);
      expect(lost === 0, `${words}; ${lost} requests have failed so far`);
      expect(
        seen.every((totals) => isSplit(totals, pods)),
        `${words}: not the split that is declared`,
      );
      return words;
    });
  }

  /** Ends the loads: in all of the walk no request failed. */
  async endLoads(): Promise<void> {
    await this.context.report.step(this.name, 'all requests', 'none failed', async () => {
      const ended = await Promise.all(this.loads.map(({ load }) => load.end()));
      this.loads = [];
      const failed = ended.reduce((sum, totals) => sum + totals.failed, 0);
      const total = ended.reduce((sum, totals) => sum + totals.total, 0);
      const reasons = ended.flatMap(({ failures }) => failures.map(({ reason }) => reason)).slice(0, 3);
      expect(failed === 0, `${failed} of ${total} failed: ${reasons.join('; ')}`);
      return `${total} requests, none failed`;
    });
  }

  /** Ends what still runs after a failed step. */
  async abandon(): Promise<void> {
    for (const { label, load } of this.loads) {
      const { failures } = await load.end().catch(() => ({ failures: [] }));
      for (const { at, reason } of failures.slice(0, 20))
        process.stdout.write(`  ${label} failed at ${new Date(at * 1000).toISOString()}: ${reason}\n`);
    }
    this.loads = [];
  }
}

/**
 * What is answered in some seconds. Of a fair split one look in a thousand seems unfair, and a run takes a hundred of
 * them: an unfair one is looked at once more, with other requests, and that look counts.
 */
async function measure(load: Load, pods: number): Promise<Totals> {
  const first = await load.during(MEASURE_SECONDS);
  return isSplit(first, pods) ? first : load.during(MEASURE_SECONDS);
}

function isSplit({ answers, total }: Totals, pods: number): boolean {
  return isPlausible(answers[PODS] ?? 0, total, pods);
}

/** The Service on its http port, and on its tcp port with a connection for each request. */
export const LOADS = {
  http: { url: `http://analytics.${NAMESPACE}:8080/`, rate: 80 },
  tcp: { url: `tcp://analytics.${NAMESPACE}:8083`, rate: 30, newConnections: true },
} as const;

/** Plays a story with a repository and a machine of its own, and cleans up whatever happens. */
export async function withWalk(
  context: Context,
  name: string,
  declared: MigrationInput,
  story: (walk: Walk, repository: Repository) => Promise<void>,
): Promise<void> {
  const repository = new Repository(declared);
  const walk = new Walk(context, name, repository, declared);
  try {
    await story(walk, repository);
  } catch (error) {
    process.stdout.write(await diagnosis(context.lab));
    throw error;
  } finally {
    await walk.abandon();
    await walk.vm?.delete();
    await clean(context.lab, repository);
    repository.remove();
  }
}
