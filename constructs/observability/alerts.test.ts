import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineMesh, defineMigration } from '../../config';
import { positionOf } from '../../plan/position';
import { rulesOf } from './alerts';

/** The rules against series that raise each, and ones that raise none, judged by promtool. */

const mesh = defineMesh({ istio: '1.24' });
const migration = (phase: string) =>
  defineMigration({
    name: 'shop',
    namespace: 'demo',
    phase,
    ports: { http: 8080 },
    kubernetes: { image: 'a:1' },
  });
const rules = (phase: string) =>
  rulesOf(migration(phase), mesh, positionOf(migration(phase)).phase, { longestPhase: '336h' });

const { test } = needing('promtool');
const folder = mkdtempSync(join(tmpdir(), 'meshferry-promtool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GROUP = 'meshferry_agent_info{instance="vm1",job="a",namespace="demo",workload_group="shop-v0"}';
const OTHER = 'meshferry_agent_info{instance="vm2",job="a",namespace="demo",workload_group="other-v0"}';
const agent = (name: string, instance = 'vm1') => `meshferry_agent_${name}{instance="${instance}",job="a"}`;
const requests = (workload: string, code = '200') =>
  `istio_requests_total{reporter="source",destination_service_name="shop",destination_service_namespace="demo",destination_workload="${workload}",response_code="${code}"}`;

/** Requests a minute, an hour long. */
const perMinute = (rate: number) => `0+${rate}x60`;
/** A machine that gets traffic, with a certificate and a token of a day and a month; and a broken one of another group. */
const WELL = {
  [GROUP]: '1x60',
  [OTHER]: '1x60',
  [agent('healthy')]: '1x60',
  [agent('healthy', 'vm2')]: '0x60',
  [agent('certificate_expiry_seconds')]: '86400x60',
  [agent('bearer_token_expiry_seconds')]: '2592000x60',
  [requests('shop-v0')]: perMinute(750),
  [requests('shop-v1')]: perMinute(250),
};

/** Alerts that fire after an hour at `shift-25`. */
function fires(
  series: Readonly<Record<string, string>>,
  alerts: readonly string[],
  phase = 'shift-25',
): void {
  const all = rules(phase);
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'shop', rules: all }] }));
  const names = [...new Set(all.flatMap((rule) => ('alert' in rule ? rule.alert : [])))];
  const asked = names.map((alertname) => ({
    expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
    eval_time: '1h',
    exp_samples: [{ labels: '{}', value: alerts.filter((one) => one === alertname).length }],
  }));
  const test = {
    rule_files: [file],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: asked,
      },
    ],
  };
  const path = join(folder, 'test.yaml');
  writeFileSync(path, JSON.stringify(test));
  try {
    execFileSync('promtool', ['test', 'rules', path], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}\n${stderr}`);
  }
}

test.each([
  ['all is well', WELL, []],
  ['nothing is scraped', {}, []],
  [
    'too few requests to judge',
    { ...WELL, [requests('shop-v0')]: perMinute(1), [requests('shop-v1')]: perMinute(9) },
    [],
  ],
  [
    'the pods get half instead of a quarter',
    { ...WELL, [requests('shop-v0')]: perMinute(500), [requests('shop-v1')]: perMinute(500) },
    ['MeshferryShareDiffers'],
  ],
  [
    'the VM gets nothing',
    { ...WELL, [requests('shop-v0')]: '0x60', [requests('shop-v1')]: perMinute(1000) },
    ['MeshferryShareDiffers'],
  ],
  ['a machine gets no traffic', { ...WELL, [agent('healthy')]: '0x60' }, ['MeshferryMachineUnhealthy']],
  [
    'a certificate ends in two hours',
    { ...WELL, [agent('certificate_expiry_seconds')]: '10800x60' },
    ['MeshferryCertificateEnds'],
  ],
  [
    'a token ends within the day',
    { ...WELL, [agent('bearer_token_expiry_seconds')]: '80000x60' },
    ['MeshferryTokenEnds'],
  ],
  [
    'the pods fail a tenth',
    { ...WELL, [requests('shop-v1')]: perMinute(225), [requests('shop-v1', '503')]: perMinute(25) },
    ['MeshferryErrorsDiffer'],
  ],
  [
    'the VM fails a tenth',
    { ...WELL, [requests('shop-v0')]: perMinute(675), [requests('shop-v0', '503')]: perMinute(75) },
    ['MeshferryErrorsDiffer'],
  ],
] as [string, Record<string, string>, string[]][])('%s', (_, series, alerts) => fires(series, alerts));

test('a phase that is current for longer than declared is told of, and the last one may stay', () => {
  const old = rules('shift-25').find((rule) => 'alert' in rule && rule.alert === 'MeshferryPhaseOld');
  expect(old).toMatchObject({ for: '336h', expr: 'vector(1)', labels: { phase: 'shift-25' } });
  expect(rules('done').map((rule) => ('alert' in rule ? rule.alert : rule.record))).toEqual([
    'meshferry:declared_share:percent',
  ]);
});

test('the rules of every phase are ones that Prometheus takes', () => {
  for (const phase of [
    'onboard',
    'pin',
    'deploy',
    'shift-10',
    'shift-100',
    'drain',
    'retire',
    'release',
    'done',
  ]) {
    const file = join(folder, `${phase}.yaml`);
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'shop', rules: rules(phase) }] }));
    execFileSync('promtool', ['check', 'rules', '--lint=none', file], { stdio: 'pipe' });
  }
});
