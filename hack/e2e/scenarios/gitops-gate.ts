import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { MigrationInput } from '../../../config';
import { CommandError } from '../../lab/run';
import { fluxKind } from '../gitops/flux';
import { standardMetrics } from '../gitops/istio-metrics';
import { untilExact, untilWeights } from '../gitops/observe';
import { PROMETHEUS, startPrometheus } from '../gitops/prometheus';
import { Load } from '../load';
import { NAMESPACE, podsReady } from '../migration';
import { type Context, expect, PODS, type Scenario } from '../scenario';
import { type Stage, withGitOps } from './gitops-walk';

const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');
const WINDOW_MS = 20_000;

/** A release of the pods that answers some of ten requests with an error, each after a while. */
const release = (failing: number, seconds: number) => `
import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    count = 0
    def do_GET(self):
        Handler.count += 1
        time.sleep(${seconds})
        body = b'${PODS}\\n'
        self.send_response(500 if Handler.count % 10 < ${failing} else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(('', 8080), Handler).serve_forever()
`;

const GATE: MigrationInput['gate'] = {
  soak: '1s',
  window: '20s',
  minRequests: 100,
  baseline: '2m',
  // Generous, since a lab is a busy place: what is told apart is quick and half a second.
  latency: { max: '400ms', aboveVm: 500 },
};

/**
 * A real Prometheus that scrapes a real Envoy: good pods may have more traffic, bad releases of them may not. By both
 * kinds of metrics that a gate can be told to ask for.
 */
export const gitopsGate: Scenario = {
  name: 'gitops gate',
  system: ['prometheus'],
  async play(context) {
    await withPrometheus(context, 'istio', judgePods);
    await withPrometheus(context, 'envoy', async (stage, name) => {
      await judgePods(stage, name);
      await judgeConnections(stage, name);
    });
  },
};

type Asked = Stage & Pick<Context, 'report'>;

async function withPrometheus(
  context: Context,
  metrics: 'istio' | 'envoy',
  story: (stage: Asked, name: string) => Promise<void>,
): Promise<void> {
  const { lab, report } = context;
  const name = `gitops gate, ${metrics}`;
  const filter = standardMetrics();
  const play = async (stage: Stage) => {
    if (metrics === 'istio') await lab.apply([filter]);
    const prometheus = await startPrometheus(lab);
    try {
      await story({ ...stage, report }, name);
    } finally {
      await prometheus.remove();
      const one = ['envoyfilter', 'e2e-standard-metrics', '-n', NAMESPACE, '--ignore-not-found'];
      await lab.kubectl('delete', ...one);
    }
  };
  await withGitOps(context, name, fluxKind, play, { ...GATE, metrics });
}

async function judgePods(stage: Asked, name: string): Promise<void> {
  const { lab, report } = stage;
  for (const to of ['pin', 'deploy', 'shift-10', 'shift-25']) await next(stage, to);
  await untilWeights(lab, { vm: 75, kubernetes: 25 });
  await podsReady(lab);
  await report.step(name, 'before any request', 'WAIT, exit code 4', () =>
    asks(stage, 'gate', 4, /WAIT shift-25: requests to pods: n=\d+/),
  );
  await stage.startLoads();
  await sleep(WINDOW_MS * 1.5);
  await report.step(name, 'good pods', 'GO by numbers, exit code 0', () =>
    asks(
      stage,
      'gate',
      0,
      /GO shift-25: .*success of pods [\d.]+ % ≥ 99 % \(20 s, n=\d{3,}\); .*VM 100\.00 % in 2 min, n=\d{3,}\); p99 of pods [\d.]+ ms ≤ 400 ms.*/,
    ),
  );
  await report.step(name, 'status', 'the split that is measured, exit code 0', () =>
    asks(stage, 'status', 0, /analytics +shift-25 .* 75\/25 +[78]\d(\.\d)?\/[12]\d.*/),
  );
  await report.step(name, 'a release that fails 20 %', 'HALT, exit code 3', async () => {
    await rollOut(stage, release(2, 0));
    return asks(stage, 'gate', 3, /HALT shift-25: success of pods [\d.]+ % < 99 %.*/);
  });
  await report.step(name, 'next', 'refused, exit code 3', () =>
    asks(stage, 'next', 3, /✖ HALT shift-25: .*/),
  );
  await report.step(name, 'status of it', 'needs a person, exit code 3', () =>
    asks(stage, 'status', 3, /✖ +analytics .*/),
  );
  await report.step(name, 'back', 'goes on working', async () => {
    const dryRun = ['back', 'analytics', '--forge', 'none', '--dry-run'];
    const { code, text } = await meshferry(stage, dryRun);
    expect(code === 0, text);
    return text.split('\n')[0] ?? '';
  });
  await report.step(name, 'a release that is slow', 'HALT, exit code 3', async () => {
    await rollOut(stage, release(0, 0.5));
    return asks(stage, 'gate', 3, /HALT shift-25: p99 of pods [\d.]+ ms > 400 ms.*/);
  });
}

/** A connection that outlives its route keeps the machine from being retired. */
async function judgeConnections(stage: Asked, name: string): Promise<void> {
  const { lab, report } = stage;
  await report.step(name, 'pods as they were', 'GO, exit code 0', async () => {
    await rollOut(stage, undefined);
    return asks(stage, 'gate', 0, /GO shift-25: /);
  });
  const held = new Load(lab, { url: `tcp://analytics.${NAMESPACE}:8083`, rate: 5, seconds: 300 });
  await held.during(1);
  for (const to of ['shift-50', 'shift-75', 'shift-100', 'drain']) await next(stage, to);
  await report.step(name, 'connections to the VM', 'WAIT to retire it, exit code 4', () =>
    asks(stage, 'gate', 4, /WAIT drain: TCP connections to the VM [1-9]\d* > 0 \(now\)/),
  );
  await held.end();
  await sleep(WINDOW_MS / 2);
  await report.step(name, 'no connection', 'GO, exit code 0', () =>
    asks(stage, 'gate', 0, /GO drain: .*TCP connections to the VM 0 ≤ 0 \(now\).*/),
  );
}

/** Moves on whatever the gate says: what is looked at is the gate. */
async function next(stage: Stage, to: string): Promise<void> {
  const moved = stage.project.propose(['next', 'analytics', '--no-cluster', '--forge', 'none']);
  expect(moved === to, `${moved}, not ${to}`);
  await synced(stage);
}

async function synced({ project, lab, before, controller }: Stage): Promise<void> {
  project.push();
  await untilExact(lab, project, before);
  for (let tries = 0; !(await controller.isSynced(project.merged)); tries++) {
    expect(tries < 300, 'not synced within a minute');
    await sleep(200);
  }
}

/**
 * Replaces the pods' program, as a release does, and waits until the window holds nothing of the one before.
 *
 * @param program undefined: that of the image
 */
async function rollOut(stage: Stage, program: string | undefined): Promise<void> {
  const { project, lab } = stage;
  const file = join(project.folder, 'migrations/analytics.yaml');
  const declared = parse(readFileSync(file, 'utf8'));
  const [container] = declared.kubernetes.podTemplate.spec.containers;
  if (program === undefined) delete container.command;
  else container.command = ['python3', '-c', program];
  writeFileSync(file, stringify(declared));
  const { code, stderr } = project.meshferry(['synth']);
  expect(code === 0, stderr);
  project.git('commit', '--quiet', '--all', '-m', 'Release');
  await synced(stage);
  await podsReady(lab);
  await sleep(WINDOW_MS * 1.5);
}

/** Runs the program inside the lab, where Prometheus is. */
async function meshferry(
  { lab, project }: Stage,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const command = ['node', PROGRAM, ...args, '--prometheus', PROMETHEUS];
  try {
    return { code: 0, text: await lab.run('lab', command, { cwd: project.folder, env: { NO_COLOR: '1' } }) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === null) throw error;
    return { code: error.code, text: error.output };
  }
}

async function asks(stage: Stage, command: string, wanted: number, pattern: RegExp): Promise<string> {
  const forge = command === 'next' ? ['--forge', 'none'] : [];
  const { code, text } = await meshferry(stage, [command, 'analytics', ...forge]);
  const line = pattern.exec(text)?.[0];
  expect(code === wanted && line !== undefined, `exit code ${code}: ${text}`);
  return line ?? '';
}
