import { defineMesh, defineMigration, type LoadedMigration } from '../../config';
import type { GateInput } from '../../config/schema/gate';
import { renderPhase } from '../../constructs';
import { plan } from '../../plan/plan';
import type { ClusterView, LiveObject } from './cluster';
import { judge, type Sources } from './judge';
import { Prometheus } from './prometheus';
import { TestPrometheus } from './testing';
import { verdictLines } from './verdict';

/** Gates on a real Prometheus, and on objects as an API server gives them. */

const PORTS = { http: 8080, tcp: 8083 };
const to = (name: string, workload: string, more: string, metric = 'istio_requests_total') =>
  `${metric}{reporter="source",destination_service_name="${name}",destination_service_namespace="demo",destination_workload="${workload}",${more}}`;
/** All requests faster than 10 ms. */
const quick = (name: string, workload: string, perSecond: number, fastest: string) =>
  Object.fromEntries(
    ['10', '100', '1000', '+Inf'].map((le, index, all) => [
      to(name, workload, `le="${le}"`, 'istio_request_duration_milliseconds_bucket'),
      index >= all.indexOf(fastest) ? perSecond : 0,
    ]),
  );

const { test, beforeAll, afterAll } = needing('prometheus');

let prometheus: TestPrometheus;
beforeAll(async () => {
  prometheus = await TestPrometheus.start({
    [to('good', 'good-v1', 'response_code="200"')]: 4,
    [to('good', 'good-v0', 'response_code="200"')]: 12,
    ...quick('good', 'good-v1', 4, '10'),
    ...quick('good', 'good-v0', 12, '10'),
    [to('failing', 'failing-v1', 'response_code="200"')]: 3.2,
    [to('failing', 'failing-v1', 'response_code="503"')]: 0.8,
    [to('failing', 'failing-v0', 'response_code="200"')]: 12,
    ...quick('failing', 'failing-v1', 4, '10'),
    ...quick('failing', 'failing-v0', 12, '10'),
    [to('slow', 'slow-v1', 'response_code="200"')]: 4,
    [to('slow', 'slow-v0', 'response_code="200"')]: 12,
    ...quick('slow', 'slow-v1', 4, '1000'),
    ...quick('slow', 'slow-v0', 12, '10'),
    [to('rare', 'rare-v1', 'response_code="200"')]: 0.1,
    [to('lost', 'lost-v1', 'response_code="200"')]: 4,
    [to('lost', 'unknown', 'response_code="503"')]: 1,
    ...quick('lost', 'lost-v1', 4, '10'),
    [to('good', 'good-v0', '', 'istio_tcp_connections_opened_total')]: 2,
    [to('good', 'good-v0', '', 'istio_tcp_connections_closed_total')]: 1,
    [to('failing', 'failing-v0', '', 'istio_tcp_connections_opened_total')]: 1,
    [to('failing', 'failing-v0', '', 'istio_tcp_connections_closed_total')]: 1,
  });
});
afterAll(() => prometheus.stop());

function loaded(name: string, phase: string, gate: GateInput = {}): LoadedMigration {
  const migration = defineMigration({
    name,
    namespace: 'demo',
    phase,
    ports: PORTS,
    kubernetes: { image: 'a:1' },
    gate,
  });
  const mesh = defineMesh({ istio: '1.24' });
  return { migration, mesh, id: name, environment: '', file: `migrations/${name}.yaml` };
}

const HOUR_AGO = { time: new Date(Date.now() - 3_600_000), by: 'commit' } as const;

/** The cluster as it is when everything of a phase has arrived and is well. */
function healthy(one: LoadedMigration, phase = one.migration.phase): LiveObject[] {
  const { migration, mesh } = one;
  const state = plan(migration).find(({ name }) => name === phase);
  if (!state) throw new Error(`no phase ${phase}`);
  const { routing, workload } = renderPhase(migration, mesh, state);
  const objects = JSON.parse(JSON.stringify([...routing, ...workload])) as LiveObject[];
  const entry = {
    kind: 'WorkloadEntry',
    metadata: {
      name: `${migration.vm.group}-10.0.0.5`,
      namespace: 'demo',
      annotations: {
        'istio.io/autoRegistrationGroup': migration.vm.group,
        'istio.io/connectedAt': '2026-01-02T00:00:00Z',
        'proxy.istio.io/health-checks-enabled': 'true',
      },
    },
    status: { conditions: [{ type: 'Healthy', status: 'True' }] },
  };
  const status = { availableReplicas: 1, updatedReplicas: 1 };
  return [...objects.map((object) => (object.kind === 'Deployment' ? { ...object, status } : object)), entry];
}

async function lines(name: string, phase: string, sources: Partial<Sources> = {}, gate: GateInput = {}) {
  const one = loaded(name, phase, gate);
  const cluster: ClusterView = { objects: healthy(one) };
  const all = { prometheus: new Prometheus(prometheus.url), cluster, since: HOUR_AGO, ...sources };
  const verdict = await judge(one, all);
  return { outcome: verdict.outcome, lines: verdictLines(verdict, { queries: false }), verdict };
}

test('pods that do as well as the VM may have more', async () => {
  const { outcome, lines: told } = await lines('good', 'shift-25');
  expect({ outcome, told }).toEqual({
    outcome: 'go',
    told: [
      expect.stringMatching(
        /^GO shift-25: soak: 60 min \(since the merge, by the date of its commit\); routes: as in git; VM: 1 of 1 .*; pods: 1 of 1 available; success of pods 100 % ≥ 99 % \(5 min, n=1\d\d\d\); success of pods against the VM 100 % ≥ 99 % \(5 min, n=1\d\d\d; VM 100\.00 % in 1 h, n=4\d{4}\); p99 of pods against the VM 9\.9 ms ≤ 19\.89 ms \(.*; VM 10 ms in 1 h, /,
      ),
    ],
  });
});

test('pods that fail 20 % of their requests may not, with the figures and the query', async () => {
  const { outcome, lines: told, verdict } = await lines('failing', 'shift-25');
  expect(outcome).toBe('halt');
  expect(told).toEqual([
    expect.stringMatching(/^HALT shift-25: success of pods 80 % < 99 % \(5 min, n=1\d\d\d\)$/),
    expect.stringMatching(
      /^HALT shift-25: success of pods against the VM 80 % < 99 % \(.*; VM 100\.00 % in 1 h, /,
    ),
  ]);
  const failed = verdict.checks.find((check) => check.outcome === 'halt');
  expect(await new Prometheus(prometheus.url).number(failed?.query ?? '')).toBeCloseTo(80, 6);
});

test('pods that are slower than the VM may not', async () => {
  const { lines: told } = await lines('slow', 'shift-25', {}, { latency: { max: '900ms' } });
  expect(told).toEqual([
    expect.stringMatching(/^HALT shift-25: p99 of pods 99\d ms > 900 ms \(5 min, n=/),
    expect.stringMatching(/^HALT shift-25: p99 of pods against the VM 99\d ms > 19\.89 ms /),
  ]);
});

test('requests that reach neither side halt', async () => {
  const { lines: told } = await lines('lost', 'drain');
  expect(told[0]).toBe('HALT drain: requests that reached neither side 20 % > 1 % (5 min)');
});

test.each([
  ['too few requests', 'rare', /^WAIT shift-25: requests to pods: n=30, wanted ≥ 100 \(5 min\)$/],
  ['no requests at all', 'unheard', /^WAIT shift-25: requests to pods: n=0, wanted ≥ 100 \(5 min\)$/],
])('%s say not yet, never yes', async (_, name, line) => {
  const { outcome, lines: told } = await lines(name, 'shift-25');
  expect(outcome).toBe('wait');
  expect(told).toEqual([expect.stringMatching(line)]);
});

test('without Prometheus the answer is not yet, where pods get requests', async () => {
  expect((await lines('good', 'shift-25', { prometheus: undefined })).lines).toEqual([
    'WAIT shift-25: requests to pods: no Prometheus to ask, wanted ≥ 100',
  ]);
  expect((await lines('good', 'pin', { prometheus: undefined })).outcome).toBe('go');
});

test('without a cluster the answer is not yet', async () => {
  const { lines: told } = await lines('good', 'shift-25', {
    cluster: { unseen: 'kubectl is not on the PATH' },
  });
  expect(told).toEqual([
    'WAIT shift-25: routes: kubectl is not on the PATH, wanted as in git',
    'WAIT shift-25: VM: kubectl is not on the PATH, wanted an endpoint',
    'WAIT shift-25: pods: kubectl is not on the PATH, wanted all available',
  ]);
});

test('a Prometheus that does not answer is a failure, not an answer', async () => {
  await expect(
    lines('good', 'shift-25', { prometheus: new Prometheus('http://127.0.0.1:9') }),
  ).rejects.toThrow(/^✖ http:\/\/127\.0\.0\.1:9\/api\/v1\/query does not answer: /);
  await expect(new Prometheus(prometheus.url).number('sum(')).rejects.toThrow(
    /refuses the query: .*parse error/,
  );
  await expect(new Prometheus(prometheus.url).number('istio_requests_total')).rejects.toThrow(
    /series where one number/,
  );
  expect(await new Prometheus(prometheus.url).number('vector(0) / 0')).toBeUndefined();
});

test('connections to the VM that are still open keep it from being retired', async () => {
  const { lines: told } = await lines('good', 'drain');
  expect(told).toEqual([expect.stringMatching(/^WAIT drain: TCP connections to the VM \d+ > 0 \(now\)$/)]);
  expect((await lines('failing', 'drain')).verdict.checks).toContainEqual(
    expect.objectContaining({ name: 'TCP connections to the VM', outcome: 'go', value: '0' }),
  );
});

describe('the cluster', () => {
  const one = loaded('good', 'shift-25');
  const changed = (kind: string, change: (object: LiveObject) => LiveObject | undefined) => ({
    cluster: {
      objects: healthy(one).flatMap((object) => (object.kind === kind ? (change(object) ?? []) : object)),
    },
  });
  const entry = (more: object) => changed('WorkloadEntry', (object) => ({ ...object, ...more }));

  test('weights that are not those of git', async () => {
    const { lines: told } = await lines('good', 'shift-25', {
      cluster: { objects: healthy(one, 'shift-10') },
    });
    expect(told).toEqual([
      'WAIT shift-25: routes: VirtualService spec.http[0].route[v0].weight is 90, not 75; VirtualService spec.http[0].route[v1].weight is 10, not 25 and 2 more, wanted as in git',
    ]);
  });

  test('a route that has not been pruned', async () => {
    const { lines: told } = await lines('good', 'release', { cluster: { objects: healthy(one, 'drain') } });
    expect(told[0]).toContain('VirtualService good is still there');
  });

  test.each([
    ['no entry', changed('WorkloadEntry', () => undefined), 'WorkloadGroup good-v0 has no WorkloadEntry'],
    [
      'an entry without the condition',
      entry({ status: {} }),
      'good-v0-10.0.0.5 has no Healthy condition yet',
    ],
    [
      'an unhealthy entry',
      entry({
        status: { conditions: [{ type: 'Healthy', status: 'False', message: 'connection refused' }] },
      }),
      'good-v0-10.0.0.5 is not Healthy: connection refused',
    ],
    [
      'an entry whose machine left',
      entry({
        metadata: {
          name: 'good-v0-10.0.0.5',
          namespace: 'demo',
          annotations: {
            'istio.io/autoRegistrationGroup': 'good-v0',
            'istio.io/connectedAt': '2026-01-02T00:00:00Z',
            'istio.io/disconnectedAt': '2026-01-03T00:00:00Z',
          },
        },
      }),
      'good-v0-10.0.0.5 left at 2026-01-03T00:00:00Z',
    ],
  ])('a VM with %s', async (_, sources, detail) => {
    expect((await lines('good', 'shift-25', sources)).lines).toEqual([
      `HALT shift-25: VM: ${detail}, wanted an endpoint`,
    ]);
  });

  test('a VM that is about to get nothing need not be well', async () => {
    const absent = changed('WorkloadEntry', () => undefined);
    expect(
      (
        await lines('good', 'shift-75', {
          cluster: {
            objects: healthy(loaded('good', 'shift-75')).filter(({ kind }) => kind !== 'WorkloadEntry'),
          },
        })
      ).outcome,
    ).toBe('go');
    expect((await lines('good', 'shift-25', absent)).outcome).toBe('halt');
  });

  test('pods that are not all there', async () => {
    const few = changed('Deployment', (object) => ({ ...object, status: { availableReplicas: 0 } }));
    expect((await lines('good', 'shift-25', few)).lines).toEqual([
      'WAIT shift-25: pods: 0 of 1 available, wanted all available',
    ]);
  });

  test('a soak counts from the last change of the routes, by whomever', async () => {
    const minuteAgo = new Date(Date.now() - 60_000).toISOString();
    const touched = changed('VirtualService', (object) => ({
      ...object,
      metadata: { ...object.metadata, managedFields: [{ time: minuteAgo }] },
    }));
    expect((await lines('good', 'shift-25', touched)).lines).toEqual([
      expect.stringMatching(
        /^WAIT shift-25: soak: 6\d s, wanted ≥ 10 min \(since the routes last changed\)$/,
      ),
    ]);
    expect((await lines('good', 'shift-25', { since: undefined })).outcome).toBe('wait');
  });
});
