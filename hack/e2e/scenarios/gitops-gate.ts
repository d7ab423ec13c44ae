import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { CommandError } from '../../lab/run';
import { fluxKind } from '../gitops/flux';
import { Inside, requireProgram } from '../gitops/inside';
import { untilExact, untilWeights } from '../gitops/observe';
import type { Lab } from '../lab';
import { NAMESPACE, podsReady } from '../migration';
import { expect, PODS, type Scenario } from '../scenario';
import { type Stage, withGitOps } from './gitops-walk';

const NAME = 'gitops gate';
const PROMETHEUS = '127.0.0.1:9797';
const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');
const WINDOW_MS = 20_000;

/** A release that answers every fifth request with an error. */
const FAILS_OF_TEN = 2;
const BAD_RELEASE = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    count = 0
    def do_GET(self):
        Handler.count += 1
        body = b'${PODS}\\n'
        self.send_response(500 if Handler.count % 10 < ${FAILS_OF_TEN} else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(('', 8080), Handler).serve_forever()
`;

/** A real Prometheus that scrapes a real Envoy: good pods may have more traffic, a bad release of them may not. */
export const gitopsGate: Scenario = {
  name: NAME,
  play: (context) =>
    withGitOps(
      context,
      NAME,
      fluxKind,
      async (stage) => {
        const { lab, project } = stage;
        const { report } = context;
        const prometheus = await startPrometheus(lab);
        try {
          for (const to of ['pin', 'deploy', 'shift-10', 'shift-25']) {
            expect(
              project.propose(['next', 'analytics', '--no-cluster', '--forge', 'none']) === to,
              `not ${to}`,
            );
            await synced(stage);
          }
          await untilWeights(lab, { vm: 75, kubernetes: 25 });
          await report.step(NAME, 'before any request', 'WAIT, exit code 4', () =>
            asks(stage, 'gate', 4, /WAIT shift-25: requests to pods: n=\d+/),
          );
          await stage.startLoads();
          await sleep(WINDOW_MS * 1.5);
          await report.step(NAME, 'good pods', 'GO, exit code 0', () =>
            asks(stage, 'gate', 0, /GO shift-25: .*/),
          );
          await report.step(NAME, 'status', 'the split that is declared, exit code 0', () =>
            asks(stage, 'status', 0, /analytics +shift-25 .*/),
          );
          await report.step(NAME, 'a release that fails 20 %', 'HALT, exit code 3', async () => {
            release(stage);
            await synced(stage);
            await podsReady(lab);
            await sleep(WINDOW_MS * 1.5);
            return asks(stage, 'gate', 3, /HALT shift-25: success of pods [\d.]+ % < 99 %.*/);
          });
          await report.step(NAME, 'next', 'refused, exit code 3', () =>
            asks(stage, 'next', 3, /✖ HALT shift-25: .*/),
          );
          await report.step(NAME, 'status of it', 'needs a person, exit code 3', () =>
            asks(stage, 'status', 3, /✖ +analytics .*/),
          );
          await report.step(NAME, 'back', 'goes on working', async () => {
            const { code, text } = await meshferry(lab, stage, [
              'back',
              'analytics',
              '--forge',
              'none',
              '--dry-run',
            ]);
            expect(code === 0, text);
            return text.split('\n')[0] ?? '';
          });
        } finally {
          await prometheus.remove();
        }
      },
      { metrics: 'envoy', soak: '1s', window: '20s', minRequests: 100, baseline: '2m' },
    ),
};

async function synced({ project, lab, before, controller }: Stage): Promise<void> {
  project.push();
  await untilExact(lab, project, before);
  for (let tries = 0; !(await controller.isSynced(project.merged)); tries++) {
    expect(tries < 300, 'not synced within a minute');
    await sleep(200);
  }
}

/** Replaces the pods' program, as a release does. */
function release({ project }: Stage): void {
  const file = join(project.folder, 'migrations/analytics.yaml');
  const declared = parse(readFileSync(file, 'utf8'));
  declared.kubernetes.command = ['python3', '-c', BAD_RELEASE];
  writeFileSync(file, stringify(declared));
  const { code, stderr } = project.meshferry(['synth']);
  expect(code === 0, stderr);
  project.git('commit', '--quiet', '--all', '-m', 'Release');
}

async function startPrometheus(lab: Lab): Promise<{ remove(): Promise<void> }> {
  await requireProgram('prometheus');
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-prometheus-'));
  const address = (
    await lab.kubectl('get', 'pod', 'client', '-n', NAMESPACE, '-o', 'jsonpath={.status.podIP}')
  ).trim();
  const config = {
    global: { scrape_interval: '2s' },
    scrape_configs: [
      {
        job_name: 'client',
        metrics_path: '/stats/prometheus',
        static_configs: [{ targets: [`${address}:15090`] }],
      },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  const prometheus = new Inside(lab, 'prometheus', [
    ...['prometheus', `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`],
    `--web.listen-address=${PROMETHEUS}`,
  ]);
  await prometheus.start();
  return {
    async remove() {
      await prometheus.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the program inside the lab, where Prometheus is. */
async function meshferry(
  lab: Lab,
  { project }: Stage,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const command = ['node', PROGRAM, ...args, '--prometheus', `http://${PROMETHEUS}`];
  try {
    return { code: 0, text: await lab.run('lab', command, { cwd: project.folder, env: { NO_COLOR: '1' } }) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === null) throw error;
    return { code: error.code, text: error.output };
  }
}

async function asks(stage: Stage, command: string, wanted: number, pattern: RegExp): Promise<string> {
  const { code, text } = await meshferry(stage.lab, stage, [
    command,
    'analytics',
    ...(command === 'next' ? ['--forge', 'none'] : []),
  ]);
  const line = pattern.exec(text)?.[0];
  expect(code === wanted && line !== undefined, `exit code ${code}: ${text}`);
  return line ?? '';
}
