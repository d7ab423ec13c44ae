import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { CommandError } from '../../lab/run';
import { CONTROL_PLANE, defineControlPlanes, forgetControlPlanes } from '../definitions';
import type { Lab } from '../lab';
import { analytics, expect, type Scenario } from '../scenario';

const NAME = 'discover';
const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');
const MESH = 'istio-system';
const OPERATED = { name: 'cp-v115x', label: `cp-v115x.${MESH}` };

/** mesh.yaml from a real cluster: with plain Istio, and as an operator would have installed it. */
export const discover: Scenario = {
  name: NAME,
  async play({ lab, report }) {
    const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-discover-'));
    const ask = (...options: string[]) => meshferry(lab, folder, ['discover', ...options]);
    try {
      await report.step(NAME, 'a build without a version', 'asks for it, exit code 2', async () => {
        const { code, text } = await ask();
        expect(code === 2 && text.includes('--istio 1.24') && text.includes('has no version'), text);
        return text.split('\n')[0] ?? '';
      });
      await report.step(NAME, 'plain Istio', 'all of its facts', async () => {
        const found = await facts(ask('--istio', '1.30'));
        return same(found, {
          istio: '1.30',
          network: 'network1',
          trustDomain: 'cluster.local',
          clusterDomain: 'cluster.local',
          namespace: MESH,
          expansionGateway: { service: 'istio-eastwestgateway' },
        });
      });
      await report.step(NAME, 'what is written', 'a migration renders by it', async () => {
        mkdirSync(join(folder, 'migrations'));
        writeFileSync(join(folder, 'migrations/analytics.yaml'), stringify(analytics(lab)));
        const { code, text } = await ask('--istio', '1.30', '--write', 'migrations/mesh.yaml');
        expect(code === 0, text);
        return execFileSync(process.execPath, [PROGRAM, 'synth'], { cwd: folder, encoding: 'utf8' }).trim();
      });
      await operate(lab);
      await report.step(NAME, 'two istiods', 'asks which, exit code 2', async () => {
        const { code, text } = await ask();
        expect(code === 2 && text.includes('say which by --revision'), text);
        return text.split('\n')[0] ?? '';
      });
      for (const revision of [OPERATED.label, OPERATED.name]) {
        await report.step(NAME, `the IstioControlPlane of ${revision}`, 'its facts', async () =>
          same(await facts(ask('--revision', revision)), {
            istio: '1.15.3',
            network: 'network2',
            trustDomain: 'cluster.local',
            clusterDomain: 'cluster.local',
            namespace: MESH,
            revision: OPERATED.name,
            expansionGateway: { service: 'istio-eastwestgateway' },
          }),
        );
      }
    } finally {
      await cleanUp(lab);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Makes what an operator makes: its IstioControlPlane, and an istiod that is called after it; without pods here. */
async function operate(lab: Lab): Promise<void> {
  await defineControlPlanes(lab);
  const { name, label } = OPERATED;
  const labels = { app: 'istiod', 'istio.io/rev': label };
  await lab.apply([
    {
      ...CONTROL_PLANE,
      metadata: { name, namespace: MESH },
      spec: { mode: 'ACTIVE', networkName: 'network2', version: '1.15.3' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `istiod-${name}`, namespace: MESH, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'discovery', image: 'localhost/lab/pilot:dev' }] },
        },
      },
    },
    ...(await Promise.all(['istio', 'istio-sidecar-injector'].map((one) => copyOf(lab, one, name)))),
  ]);
}

async function copyOf(lab: Lab, config: string, suffix: string): Promise<object> {
  const { data } = JSON.parse(await lab.kubectl('get', 'configmap', config, '-n', MESH, '-o', 'json'));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${config}-${suffix}`, namespace: MESH },
    data,
  };
}

async function cleanUp(lab: Lab): Promise<void> {
  const { name } = OPERATED;
  const there = ['--ignore-not-found', '-n', MESH];
  await lab.kubectl('delete', 'deployment', `istiod-${name}`, ...there);
  await lab.kubectl('delete', 'configmap', `istio-${name}`, `istio-sidecar-injector-${name}`, ...there);
  await forgetControlPlanes(lab);
}

interface Printed {
  readonly code: number;
  readonly text: string;
}

async function meshferry(lab: Lab, cwd: string, args: readonly string[]): Promise<Printed> {
  try {
    return { code: 0, text: await lab.run('node', [PROGRAM, ...args], { cwd, env: { NO_COLOR: '1' } }) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === null) throw error;
    return { code: error.code, text: error.output };
  }
}

async function facts(printed: Promise<Printed>): Promise<object> {
  const { code, text } = await printed;
  expect(code === 0, `exit code ${code}: ${text}`);
  return parse(text);
}

function same(found: object, wanted: object): string {
  const text = JSON.stringify(found);
  expect(text === JSON.stringify(wanted), `${text}, not ${JSON.stringify(wanted)}`);
  return text;
}
