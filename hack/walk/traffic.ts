import { columns } from '../../operate/report/columns';
import { isPlausible } from '../e2e/binomial';
import type { Lab } from '../e2e/lab';
import { Load, type Totals } from '../e2e/load';
import { PODS } from '../e2e/scenario';

/** As long as one load may last: the lab's program ends by itself after 900 s. */
const LONGEST_SECONDS = 890;
const MEASURE_SECONDS = 5;
const BAR = 20;

/** What a phase was seen to get. */
interface Row {
  readonly phase: string;
  readonly declared: string;
  readonly seen: string;
  readonly requests: number;
  readonly failed: number;
}

/** The load on the service for the whole of a walk, and what was seen of it in each phase. */
export class Traffic {
  private load: Load | undefined;
  private readonly rows: Row[] = [];
  private counted = { total: 0, failed: 0 };
  private reasons: string[] = [];

  constructor(
    private readonly lab: Lab,
    private readonly url: string,
    private readonly rate: number,
  ) {}

  start(): void {
    this.load = new Load(this.lab, { url: this.url, rate: this.rate, seconds: LONGEST_SECONDS });
  }

  /** Ends the load where one runs, and adds what it sent to the sum. */
  async stop(): Promise<void> {
    const ended = await this.load?.end();
    this.load = undefined;
    if (!ended) return;
    this.counted = { total: this.counted.total + ended.total, failed: this.counted.failed + ended.failed };
    this.reasons.push(...ended.failures.map(({ reason }) => reason));
  }

  /**
   * Watches the load for some seconds.
   *
   * @param pods share that the pods should get, 0 to 1
   * @returns a bar with the shares
   * @throws Error where the split is not the declared one
   */
  async measure(phase: string, pods: number): Promise<string> {
    if (!this.load) throw new Error('no load runs');
    let seen = await this.load.during(MEASURE_SECONDS);
    // One look in a thousand at a fair split seems unfair: it is repeated once, with other requests.
    if (!isDeclared(seen, pods)) seen = await this.load.during(MEASURE_SECONDS);
    const share = (seen.answers[PODS] ?? 0) / Math.max(1, seen.total);
    this.rows.push({
      phase,
      declared: percents(pods),
      seen: percents(share),
      requests: seen.total,
      failed: seen.failed,
    });
    const line = `${bar(share)}  ${percents(share)} of ${seen.total} requests, ${seen.failed} failed`;
    if (!isDeclared(seen, pods)) throw new Error(`${line}: not the declared split, ${percents(pods)}`);
    return line;
  }

  /** The requests of the whole walk. */
  get totals(): { readonly total: number; readonly failed: number; readonly reasons: readonly string[] } {
    return { ...this.counted, reasons: this.reasons.slice(0, 3) };
  }

  /** What was seen in each phase, as a table with a closing line. */
  table(): string {
    const { total, failed } = this.counted;
    const rows = this.rows.map(({ phase, declared, seen, requests, failed: lost }) => [
      phase,
      declared,
      seen,
      String(requests),
      String(lost),
    ]);
    return [
      ...columns([['phase', 'declared', 'measured', 'requests', 'failed'], ...rows]),
      '',
      `${total} requests in the whole walk, ${failed} failed`,
    ].join('\n');
  }
}

function isDeclared({ answers, total, failed }: Totals, pods: number): boolean {
  return failed === 0 && isPlausible(answers[PODS] ?? 0, total, pods);
}

function percents(pods: number): string {
  return `VM ${Math.round((1 - pods) * 100)} %, pods ${Math.round(pods * 100)} %`;
}

function bar(pods: number): string {
  const vm = Math.round((1 - pods) * BAR);
  return '█'.repeat(vm) + '░'.repeat(BAR - vm);
}
