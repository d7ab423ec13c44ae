import { columns } from '../../operate/report/columns';

/** One thing that was looked at. */
export interface Step {
  readonly scenario: string;
  readonly step: string;
  readonly expected: string;
  readonly seen: string;
  readonly passed: boolean;
  readonly seconds: number;
}

/** An expectation that did not hold, with what was seen instead. */
export class Unexpected extends Error {}

/** Collects steps and prints each as it ends. */
export class Report {
  readonly steps: Step[] = [];

  /** A step of a scenario: `look` returns what was seen, or throws. */
  async step(scenario: string, step: string, expected: string, look: () => Promise<string>): Promise<void> {
    const began = Date.now();
    let seen: string;
    let passed = true;
    try {
      seen = await look();
    } catch (error) {
      passed = false;
      seen = (error as Error).message;
      if (!(error instanceof Unexpected)) seen = `✖ ${seen}`;
    }
    const seconds = (Date.now() - began) / 1000;
    this.steps.push({ scenario, step, expected, seen, passed, seconds });
    process.stdout.write(
      `${passed ? '✓' : '✖'} ${seconds.toFixed(1).padStart(6)} s  ${scenario}: ${step}: ${seen}\n`,
    );
    if (!passed) throw new Stop();
  }

  /** The table and the closing line. */
  table(): string {
    const rows = this.steps.map(({ scenario, step, expected, seen, passed, seconds }) => [
      passed ? '✓' : '✖',
      scenario,
      step,
      expected,
      seen.split('\n')[0] ?? '',
      seconds.toFixed(1),
    ]);
    return columns([['', 'scenario', 'step', 'expected', 'seen', 'seconds'], ...rows]).join('\n');
  }

  get passed(): number {
    return this.steps.filter((step) => step.passed).length;
  }

  get failed(): number {
    return this.steps.length - this.passed;
  }
}

/** Ends a scenario: a later step would only stumble over the failed one. */
export class Stop extends Error {}
