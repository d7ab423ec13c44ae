import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A counter or gauge that changes evenly up to the present: name and labels, and its change per second. */
export type Series = Readonly<Record<string, number>>;

const SCRAPE_SECONDS = 15;

/** A real Prometheus (Debian: `apt-get install prometheus`) on loopback, with a past that is made up. */
export class TestPrometheus {
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(
    folder: string,
    process: ChildProcess,
    readonly url: string,
  ) {
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * @param series counters, each at its rate for the last two hours
   */
  static async start(series: Series): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'meshferry-prometheus-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    if (Object.keys(series).length > 0) {
      writeFileSync(join(folder, 'past'), openMetrics(series));
      execFileSync('promtool', [
        'tsdb',
        'create-blocks-from',
        'openmetrics',
        '--quiet',
        join(folder, 'past'),
        data,
      ]);
    }
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const started = new TestPrometheus(folder, child, `http://127.0.0.1:${port}`);
    await started.#ready();
    return started;
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const response = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('prometheus did not start within 20 s');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function openMetrics(series: Series): string {
  const end = Math.floor(Date.now() / 1000);
  const lines: string[] = [];
  for (const [name, perSecond] of Object.entries(series)) {
    for (let time = end - 7200; time <= end; time += SCRAPE_SECONDS) {
      lines.push(`${name.replace(',}', '}')} ${(time - end + 7200) * perSecond} ${time}`);
    }
  }
  return [...lines, '# EOF', ''].join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
