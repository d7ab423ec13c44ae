import { existsSync, readFileSync } from 'node:fs';
import { takeLock } from '../machine/lock';
import { Machine } from '../machine/machine';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { TestMesh } from '../testing/test-mesh';
import { TaskLines } from './task-lines';
import { uninstall } from './uninstall';

let mesh: TestMesh;
let machine: TestMachine;
let printed: string;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(async () => {
  machine = new TestMachine(mesh);
  printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process, 'getuid').mockReturnValue(0);
  // What a reconcile leaves, in short.
  const changed = new Machine(machine.paths, { dryRun: false });
  changed.begin();
  changed.writeFile(machine.paths.istio.mesh, 'x', { mode: 0o644 });
  changed.writeHostsEntry('192.0.2.1', 'istiod.istio-system.svc');
  changed.writeFile(machine.paths.unit, '[Service]', { mode: 0o644 });
  await changed.unit('enable', 'istio');
  await changed.unit('start', 'istio');
  changed.commit();
  machine.startUnits('meshferry-agent');
  machine.write(machine.paths.program, 'program');
});
afterEach(() => {
  jest.restoreAllMocks();
  machine.remove();
});

const run = (dryRun = false) => uninstall(machine.paths, new TaskLines(), { dryRun });
const own = () => {
  const { unit, etc, cache, state, run: runFolder, program } = machine.paths;
  return [unit, etc, cache, state, runFolder, program];
};

test('the machine is as it was before', async () => {
  await run();
  for (const path of [...own(), machine.paths.istio.mesh])
    expect([path, existsSync(path)]).toEqual([path, false]);
  expect(readFileSync(machine.paths.hosts, 'utf8')).toBe('127.0.0.1 localhost\n');
  expect([machine.isSet('istio.active'), machine.isSet('istio.enabled')]).toEqual([false, false]);
  expect(machine.isSet('meshferry-agent.active')).toBe(false);
  expect(printed).toBe(
    [
      '✓ stop-istio ❯ no request in flight was cut off',
      '✓ restore-machine ❯ files, units and packages are as they were',
      '✓ uninstalled meshferry-agent',
      '',
    ].join('\n'),
  );
});

test('what a package brought is left to the package manager, and that is said', async () => {
  machine.write(machine.paths.packaged.program, 'program');
  await run();
  expect(existsSync(machine.paths.packaged.program)).toBe(true);
  expect(printed).toContain('its package remains: remove it by apt-get, dnf or zypper\n');
});

test('the agent is stopped first, so that it does not start Istio again; then Istio', async () => {
  await run();
  const stops = machine.calls.filter((call) => call.startsWith('systemctl stop'));
  expect(stops.slice(0, 2)).toEqual(['systemctl stop meshferry-agent', 'systemctl stop istio']);
});

test('callers are led away before Istio stops, and the machine may reach istiod afterwards', async () => {
  machine.set('inbound', '0 0 10.0.0.5:15006 10.244.0.9:41234\n');
  machine.when(/^ip6tables .* -I OUTPUT/, () => machine.set('inbound'));
  const slowDown = speedUp(20);
  await run();
  slowDown();
  const refused = machine.calls.findIndex((call) => call.startsWith('iptables -w 5 -I OUTPUT'));
  expect(refused).toBeGreaterThanOrEqual(0);
  expect(machine.calls.indexOf('systemctl stop istio')).toBeGreaterThan(refused);
  expect(machine.rulesAgainstIstiod).toBe(0);
});

test('connections that do not end in time are counted', async () => {
  machine.set('inbound', '0 0 10.0.0.5:15006 10.244.0.9:41234\n');
  const slowDown = speedUp(20);
  await run();
  slowDown();
  expect(printed).toContain('✓ stop-istio ❯ 1 connections did not end in time\n');
});

test('a dry run says what would be removed, and removes nothing', async () => {
  const before = machine.changes.length;
  await run(true);
  for (const path of own()) expect(printed).toContain(`+ remove ${path}\n`);
  expect(printed).toContain('+ stop istio\n');
  expect(machine.changes).toHaveLength(before);
  expect(existsSync(machine.paths.istio.mesh)).toBe(true);
  expect(machine.isSet('istio.active')).toBe(true);
});

test.each([
  ['without root', 'not-root'],
  ['while another command is at work', 'busy'],
])('it refuses %s', async (_, kind) => {
  if (kind === 'not-root') jest.mocked(process.getuid as () => number).mockReturnValue(1000);
  const lock = await takeLock(machine.paths.lock, 'reconcile');
  await expect(run()).rejects.toMatchObject({ kind });
  await lock.release();
  expect(machine.isSet('istio.active')).toBe(true);
});
