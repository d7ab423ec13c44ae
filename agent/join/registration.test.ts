import type { WorkloadEntry } from '../kubernetes/objects';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh } from '../testing/test-mesh';
import { serves, standingOf, waitForHealth, waitForRegistration } from './registration';
import { Session } from './session';

const PROBED = { 'proxy.istio.io/health-checks-enabled': 'true' };
const entry = (annotations: Record<string, string>, health?: string): WorkloadEntry => ({
  metadata: { name: 'e', annotations },
  spec: {},
  ...(health && { status: { conditions: [{ type: 'Healthy', status: health }] } }),
});

test.each([
  ['no entry', undefined, 'absent', false],
  [
    'one that istiod marked as disconnected',
    entry({ ...PROBED, 'istio.io/disconnectedAt': 'x' }, 'True'),
    'absent',
    false,
  ],
  ['one without a probe', entry({}), 'registered', true],
  ['one whose probe has not answered', entry(PROBED), 'unknown-health', false],
  ['one whose probe fails', entry(PROBED, 'False'), 'unhealthy', false],
  ['one whose probe succeeds', entry(PROBED, 'True'), 'healthy', true],
] as const)('%s: %s', (_, found, standing, traffic) => {
  expect(standingOf(found)).toBe(standing);
  expect(serves(standing)).toBe(traffic);
});

describe('waiting', () => {
  const NAME = 'analytics-v0-127.0.0.1';
  let mesh: TestMesh;
  let machine: TestMachine;
  let session: Session;
  let slowDown: () => void;
  beforeAll(async () => {
    mesh = await TestMesh.start();
  });
  afterAll(() => mesh.stop());
  beforeEach(() => {
    mesh.reset();
    machine = new TestMachine(mesh);
    machine.startUnits('istio');
    session = new Session(machine.paths);
    slowDown = speedUp(20);
  });
  afterEach(() => {
    slowDown();
    machine.remove();
  });

  const registration = (since?: Date) => waitForRegistration(session.api, session.config, NAME, since);
  const health = () => waitForHealth(session.api, session.config, NAME);
  /** Has something happen once the entry was asked for a few times. */
  const soon = (what: () => void) => {
    mesh.refuse = () => {
      if (mesh.requests.length === 3) what();
      return undefined;
    };
  };

  test('for the entry ends when it appears', async () => {
    soon(() => mesh.register());
    expect((await registration()).spec.address).toBe('127.0.0.1');
  });

  test('for it does not end with an entry of before the restart', async () => {
    mesh.register();
    const old = mesh.objects.get(AT.entry) as WorkloadEntry;
    const since = new Date(Date.now() + 60_000);
    soon(() =>
      mesh.put(AT.entry, {
        ...old,
        metadata: { ...old.metadata, annotations: { 'istio.io/connectedAt': since.toISOString() } },
      }),
    );
    const found = await registration(since);
    expect(found.metadata.annotations?.['istio.io/connectedAt']).toBe(since.toISOString());
  });

  test('for it fails after 45 s, and names the entry', async () => {
    const began = Date.now();
    await expect(registration()).rejects.toMatchObject({
      kind: 'not-registered',
      message: expect.stringContaining(`WorkloadEntry smm-demo/${NAME} did not appear in 45 s`),
    });
    expect(Date.now() - began).toBeGreaterThan(45_000);
  });

  test('for it where Istio does not run fails with that', async () => {
    machine.unset('istio.active');
    await expect(registration()).rejects.toMatchObject({
      kind: 'istio-failed',
      message: expect.stringContaining('Istio does not run'),
    });
  });

  test('for it ends with the refusal of the API server', async () => {
    mesh.refuse = () => 403;
    await expect(registration()).rejects.toMatchObject({ kind: 'forbidden' });
  });

  test('for health ends when the probe succeeds', async () => {
    mesh.put(AT.group, {
      ...GROUP,
      spec: { ...GROUP.spec, probe: { httpGet: { port: 8080 } } },
    } as typeof GROUP);
    mesh.register();
    soon(() => mesh.setHealth('True'));
    expect(await health()).toBe('healthy');
  });

  test('for health is over at once where the group has no probe', async () => {
    mesh.register();
    expect(await health()).toBe('registered');
  });

  test.each([
    ['what the probe says', () => mesh.setHealth('False', 'connection refused'), 'connection refused'],
    ['that it has not answered', () => {}, 'its probe has not answered yet'],
  ])('for health fails after 45 s with %s', async (_, prepare, message) => {
    mesh.put(AT.group, {
      ...GROUP,
      spec: { ...GROUP.spec, probe: { httpGet: { port: 8080 } } },
    } as typeof GROUP);
    mesh.register();
    prepare();
    await expect(health()).rejects.toMatchObject({
      kind: 'not-healthy',
      message: `the machine is registered and gets no traffic: ${message}`,
    });
  });
});
