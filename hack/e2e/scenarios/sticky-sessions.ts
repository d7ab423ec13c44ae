import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isPlausible } from '../binomial';
import type { Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { analytics, expect, PODS, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'sticky sessions';
const SESSIONS = 1000;

interface Seen {
  readonly callers: number;
  readonly sides: Readonly<Record<string, number>>;
  /** Sides of the callers that had none. */
  readonly new: Readonly<Record<string, number>>;
  readonly changed: number;
  readonly failed: number;
}

/** A thousand callers with a cookie jar each, through every shift and back: none changes sides unasked. */
export const stickySessions: Scenario = {
  name: NAME,
  play: (context) => {
    const { lab, report } = context;
    const declared = {
      ...analytics(lab),
      shift: { steps: [10, 50, 100], sticky: { cookie: 'side', maxAge: '1h' } },
    };
    return withWalk(context, NAME, declared, async (walk, repository) => {
      const vm = new Vm(lab, repository, 'vm-sticky');
      const callers = new Callers(lab);
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      // Without cookies: each request draws, so that the weights are seen as they are.
      walk.startLoads(LOADS);
      const look = (what: string, pods: number, opened: number, mayChange = 0) =>
        report.step(NAME, what, `new on pods: ${pods} %, ${mayChange} change sides`, async () => {
          if (opened > 0) await callers.send(`open ${opened}`);
          const seen = await callers.send('ask');
          const drawn = Object.values(seen.new).reduce((sum, count) => sum + count, 0);
          const words = JSON.stringify(seen);
          expect(seen.failed === 0 && seen.changed === mayChange, words);
          expect(drawn === 0 || isPlausible(seen.new[PODS] ?? 0, drawn, pods / 100), words);
          return words;
        });
      try {
        for (const name of ['pin', 'deploy', 'shift-10']) await walk.to(name);
        await look('1,000 sessions at 10 %', 10, SESSIONS);
        await walk.to('shift-50');
        await look('the same at 50 %, and 1,000 new ones', 50, SESSIONS);
        await walk.to('shift-100');
        await look('the same at 100 %, and 200 new ones', 100, 200);
        const { sides } = await callers.send('ask');
        await walk.to('shift-50');
        await look('the same, back at 50 %', 50, 0);
        await walk.to('shift-100');
        await walk.to('drain');
        await look('drained: those of the VM move', 100, 0, SESSIONS * 2 + 200 - (sides[PODS] ?? 0));
        await walk.endLoads();
      } finally {
        callers.end();
      }
    });
  },
};

/** The program that keeps the jars, in the lab's client pod. */
class Callers {
  private readonly process;
  private readonly lines;

  constructor(lab: Lab) {
    const program = readFileSync(join(__dirname, '../sessions.py'), 'utf8');
    const python = ['python3', '-c', program, LOADS.http.url];
    const exec = ['exec', '-i', '-n', NAMESPACE, 'client', '-c', 'client', '--', ...python];
    this.process = spawn('kubectl', exec, {
      env: { ...process.env, ...lab.environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async send(command: string): Promise<Seen> {
    this.process.stdin.write(`${command}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the program that keeps the cookie jars has ended');
    return JSON.parse(value) as Seen;
  }

  /** Its input ends, and so does it. */
  end(): void {
    this.process.stdin.end();
  }
}
