import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from '../join/session';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { takeLock } from '../machine/lock';
import { Machine } from '../machine/machine';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh, tokenOf } from '../testing/test-mesh';
import { JournalLines } from './journal-lines';
import { Keeper } from './keeper';

const SPEED = 10;
const PROBED: WorkloadGroup = { ...GROUP, spec: { ...GROUP.spec, probe: { httpGet: { port: 8080 } } } };
let mesh: TestMesh;
let machine: TestMachine;
let keeper: Keeper;
let end: AbortController;
let ended: Promise<string | undefined>;
let journal: string;
let slowDown: () => void;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  mesh.put(AT.group, PROBED);
  machine = new TestMachine(mesh);
  machine.set('to-istiod', 'ESTAB 0 0 10.0.0.5:40000 192.0.2.1:15012\n');
  journal = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    journal += String(text);
    return true;
  });
  slowDown = speedUp(SPEED);
});
afterEach(async () => {
  end.abort();
  await ended;
  slowDown();
  jest.restoreAllMocks();
  machine.remove();
});

/** Starts the agent, as systemd does. */
function start(): void {
  end = new AbortController();
  keeper = new Keeper(machine.paths, new Session(machine.paths), new JournalLines());
  ended = keeper.keep(end.signal);
}
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`not in time: ${what}\n${journal}\n${machine.calls.join('\n')}`);
}
/** istiod registers the machine and takes its health when it connects. */
const connect = () => {
  if (!machine.isSet('istio.active') || machine.rulesAgainstIstiod > 0) return;
  mesh.register();
  mesh.setHealth('True');
};
/** A machine that the agent has brought into traffic. */
async function inTraffic(): Promise<void> {
  machine.when(/^systemctl (re)?start istio/, connect);
  start();
  await until('healthy', () => keeper.measured.healthy);
  machine.when(/^ss .*-K dport/, connect);
}
const entry = () => mesh.objects.get(AT.entry) as WorkloadEntry;
const setGroup = (spec: WorkloadGroup['spec']) => mesh.put(AT.group, { ...PROBED, spec } as WorkloadGroup);

test('it joins, and says so in the journal and the metrics', async () => {
  await inTraffic();
  expect(journal).toMatch(/^the API server answers$/m);
  expect(journal).toMatch(/^start istio \(start\)$/m);
  expect(journal).toMatch(/^the machine is healthy in smm-demo\/analytics-v0$/m);
  expect(keeper.measured).toMatchObject({
    registered: true,
    healthy: true,
    connected: true,
    retired: false,
    restarts: 1,
    reconnects: 0,
    failures: 0,
  });
  await until('counted', () => keeper.measured.changes > 0 && keeper.measured.lastReconcile !== undefined);
  end.abort();
  expect(await ended).toBeUndefined();
  expect(machine.isSet('istio.active')).toBe(true);
});

test('what changes in the mesh is on the machine, and the journal says why', async () => {
  await inTraffic();
  mesh.put(AT.meshConfig, {
    metadata: { name: 'istio' },
    data: { mesh: 'defaultConfig: {meshId: mesh2}' },
  } as never);
  await until('written', () => readFileSync(machine.paths.istio.mesh, 'utf8').includes('mesh2'));
  await until('restarted', () => keeper.measured.restarts === 2);
  expect(journal).toMatch(/^restart istio \(istio changed\)$/m);
});

test.each<[string, () => void, RegExp]>([
  [
    'a group that steers the start script',
    () =>
      mesh.put(AT.group, {
        ...PROBED,
        metadata: {
          ...PROBED.metadata,
          annotations: { 'proxy.istio.io/config': 'proxyMetadata: { EXEC_USER: root, BASH_ENV: /tmp/x }' },
        },
      } as WorkloadGroup),
    /says proxyMetadata\.EXEC_USER, which is none of the settings of pilot-agent/,
  ],
  [
    'a group without a spec',
    () => mesh.put(AT.group, { metadata: PROBED.metadata, spec: null } as never),
    /spec of WorkloadGroup smm-demo\/analytics-v0 must be a mapping, and is null/,
  ],
  [
    'a mesh that does',
    () =>
      mesh.put(AT.meshConfig, {
        metadata: { name: 'istio' },
        data: { mesh: 'defaultConfig: { proxyMetadata: { PATH: /tmp } }' },
      } as never),
    /says proxyMetadata\.PATH, which is none of the settings of pilot-agent/,
  ],
])('%s is refused in words, and Istio is left as it was', async (_, make, words) => {
  await inTraffic();
  const files = [machine.paths.istio.mesh, machine.paths.istio.clusterEnv];
  const before = files.map((file) => readFileSync(file, 'utf8'));
  const changes = machine.changes.length;
  make();
  await until('said', () => words.test(journal));
  await sleep(300);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  expect(machine.changes).toHaveLength(changes);
  expect(machine.isSet('istio.active')).toBe(true);
  expect(keeper.measured).toMatchObject({ healthy: true, retired: false });
  expect(keeper.measured.failures).toBeGreaterThan(0);
  expect(journal).not.toMatch(/TypeError|Cannot read/);
});

test('one restart serves for new labels in the files and in the entry', async () => {
  await inTraffic();
  machine.when(/^ip6tables .* -I OUTPUT/, () => mesh.delete(AT.entry));
  mesh.refuse = (request) => (request.startsWith('PATCH') ? 403 : undefined);
  setGroup({ ...PROBED.spec, metadata: { labels: { app: 'analytics', version: 'v1' } } });
  await until('registered again', () => /is registered again/.test(journal));
  await until('healthy', () => entry()?.spec.labels?.version === 'v1' && keeper.measured.healthy);
  expect(machine.calls.filter((call) => call === 'systemctl restart istio')).toHaveLength(1);
  expect(machine.rulesAgainstIstiod).toBe(0);
});

test('an entry that its group no longer matches is patched', async () => {
  await inTraffic();
  setGroup({ ...PROBED.spec, template: { ...PROBED.spec.template, weight: 5 } });
  await until('patched', () => entry().spec.weight === 5);
  await until('reported', () => /is outdated: weight[\s\S]* is patched/.test(journal));
  expect(keeper.measured.restarts).toBe(1);
});

test('a machine that lost its entry has its connection to istiod reset', async () => {
  await inTraffic();
  mesh.delete(AT.entry);
  await until('back', () => keeper.measured.reconnects === 1 && keeper.measured.healthy);
  expect(journal).toMatch(/the machine is absent in .*: the connection to istiod is reset/);
  expect(keeper.measured.restarts).toBe(1);
});

test('where the kernel cannot destroy a connection, Istio is restarted instead', async () => {
  await inTraffic();
  machine.set('kernel-cannot-destroy');
  mesh.delete(AT.entry);
  await until('restarted', () => machine.calls.includes('systemctl restart istio'));
  await until('back', () => keeper.measured.healthy);
  expect(keeper.measured.restarts).toBe(2);
});

test('Istio that was stopped is started at the next inspection', async () => {
  await inTraffic();
  machine.unset('istio.active');
  await until('started', () => machine.isSet('istio.active'));
  expect(journal).toMatch(/^start istio \(Istio does not run\)$/m);
});

test('tokens are renewed at an inspection, and their ends measured', async () => {
  const hour = tokenOf('analytics-v0-agent', Date.now(), 3600);
  machine.setToken(hour);
  await inTraffic();
  const before = readFileSync(machine.paths.istio.token, 'utf8');
  const old = tokenOf('analytics', Date.now() - 1_900_000, 3600);
  machine.write(machine.paths.istio.token, old);
  await until('its own', () => /its own token is renewed, until/.test(journal));
  await until("Istio's", () => {
    const now = readFileSync(machine.paths.istio.token, 'utf8');
    return now !== old && now !== '' && now.length === before.length;
  });
  expect(readFileSync(machine.paths.bearerToken, 'utf8')).not.toBe(hour);
  await until('measured', () => {
    const { bearerTokenExpires, istioTokenExpires } = keeper.measured;
    return (bearerTokenExpires?.getTime() ?? 0) > (istioTokenExpires?.getTime() ?? Number.POSITIVE_INFINITY);
  });
});

test('a group that is gone has Istio stopped, one that is back has it started', async () => {
  await inTraffic();
  mesh.delete(AT.group);
  await until('retired', () => /^smm-demo\/analytics-v0 is retired: Istio is stopped/m.test(journal));
  expect(machine.isSet('istio.active')).toBe(false);
  expect(keeper.measured).toMatchObject({ registered: false, healthy: false });
  mesh.delete(AT.entry);
  mesh.put(AT.group, PROBED);
  await until('back', () => keeper.measured.healthy);
  expect(journal).toMatch(/^smm-demo\/analytics-v0 is back$/m);
  expect(keeper.measured.retired).toBe(false);
});

describe('in the two minutes that it takes', () => {
  beforeEach(() => {
    slowDown();
    slowDown = speedUp(50);
  });

  test('a token that is refused has istiod asked, and Istio stopped if istiod refuses the machine too', async () => {
    await inTraffic();
    machine.unset('to-istiod');
    mesh.reset(); // ends the watches
    mesh.refuse = () => 401;
    await until('retired', () => keeper.measured.retired && !machine.isSet('istio.active'));
    expect(journal).toMatch(
      /the API server no longer knows this machine's account, and istiod does not accept it: smm-demo\/analytics-v0 is retired/,
    );
  });
});

test('a machine that loses the API server by a restart of Istio gets back what it had', async () => {
  await inTraffic();
  const before = readFileSync(machine.paths.istio.mesh, 'utf8');
  machine.when(/^systemctl restart istio/, () => {
    mesh.refuse = () => 500;
  });
  mesh.put(AT.meshConfig, {
    metadata: { name: 'istio' },
    data: { mesh: 'defaultConfig: {meshId: mesh2}' },
  } as never);
  await until('cut off', () => /no longer answers/.test(journal));
  expect(journal).toMatch(/the changes are undone/);
  expect(readFileSync(machine.paths.istio.mesh, 'utf8')).toBe(before);
  expect(keeper.measured.failures).toBeGreaterThan(0);
});

test('what a killed command left is undone first', async () => {
  const killed = new Machine(machine.paths, { dryRun: false });
  killed.begin();
  killed.writeFile(`${machine.root}/etc/half-done`, 'x', { mode: 0o644 });
  await inTraffic();
  expect(existsSync(`${machine.root}/etc/half-done`)).toBe(false);
});

test('another command that is at work is waited for, and is no failure', async () => {
  const lock = await takeLock(machine.paths.lock, 'reconcile');
  machine.when(/^systemctl (re)?start istio/, connect);
  start();
  await until('it knows the group', () => keeper.state.group !== undefined);
  await sleep(300);
  expect([keeper.measured.failures, machine.isSet('istio.active')]).toEqual([0, false]);
  await lock.release();
  await until('healthy', () => keeper.measured.healthy);
});

test('an API server that is away is reported, and used again when it is back', async () => {
  mesh.refuse = () => 503;
  machine.when(/^systemctl (re)?start istio/, connect);
  start();
  await until('reported', () => /the API server cannot give what it watches now/.test(journal));
  expect(keeper.measured.connected).toBe(false);
  mesh.refuse = () => undefined;
  await until('healthy', () => keeper.measured.healthy);
});

describe('it starts again', () => {
  test('with another token', async () => {
    await inTraffic();
    machine.setToken(tokenOf('analytics-v0-agent', Date.now() + 5000, 30 * 86_400));
    expect(await ended).toBe('another token was set');
  });

  test('once another program has replaced a file that its unit may write', async () => {
    let late = 0;
    end = new AbortController();
    keeper = new Keeper(
      machine.paths,
      new Session(machine.paths),
      new JournalLines(),
      () => Date.now() + late,
    );
    ended = keeper.keep(end.signal);
    await until('converged', () => keeper.measured.lastReconcile !== undefined);
    jest.spyOn(Machine.prototype, 'writeFile').mockImplementation(() => {
      throw Object.assign(new Error('read-only'), { code: 'EROFS', path: '/etc/hosts' });
    });
    setGroup({ ...PROBED.spec, metadata: { labels: { app: 'analytics', version: 'v1' } } });
    await until('told', () => /the file system is read-only \(\/etc\/hosts\)/.test(journal));
    expect(keeper.state.outdated).toBeUndefined(); // not over and over where the file system is read-only
    late = 61_000;
    setGroup({ ...PROBED.spec, metadata: { labels: { app: 'analytics', version: 'v2' } } }); // tried again at once
    expect(await ended).toBe('the file system is read-only (/etc/hosts)');
  });

  test('with another configuration', async () => {
    await inTraffic();
    machine.configure(mesh, { keepPorts: [9100] });
    expect(await ended).toBe('the configuration changed');
  });

  test('but not with an invalid one, which it reports', async () => {
    await inTraffic();
    machine.write(machine.paths.config, 'mesh: 5\n');
    await until('reported', () => /its configuration cannot be read: .* is not a mapping/.test(journal));
    expect(keeper.state.outdated).toBeUndefined();
  });
});
