import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '../config-file';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { takeLock } from '../machine/lock';
import { Machine } from '../machine/machine';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh, tokenOf } from '../testing/test-mesh';
import { reconcile } from './reconcile';
import { TaskLines } from './task-lines';

let mesh: TestMesh;
let machine: TestMachine;
let printed: string;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  machine = new TestMachine(mesh);
  // istiod registers a machine whose Istio starts.
  machine.when(/^systemctl (re)?start istio/, () => mesh.register());
  printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process, 'getuid').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
  machine.remove();
});

const run = (dryRun = false) => reconcile(machine.paths, new TaskLines(), { dryRun });
const read = (file: string) => readFileSync(file, 'utf8');
const { template, metadata } = GROUP.spec;
const refuseWith = (status: number) => {
  mesh.refuse = () => status;
};
const setGroup = (spec: WorkloadGroup['spec']) => mesh.put(AT.group, { ...GROUP, spec } as WorkloadGroup);

describe('a machine that joins', () => {
  test('goes through every task, and ends in the mesh with the agent at work', async () => {
    const changes = await run();
    const tasks = [...printed.matchAll(/^✓ (\S+)(?: ❯|$| )/gm)].map(([, task]) => task);
    expect(tasks).toEqual([
      ...['reconciling', 'check-host', 'uuid', 'configuration', 'connect-to-mesh', 'read-workload-group'],
      ...['install-sidecar', 'configure-sidecar', 'wait-for-registration', 'changes', 'reconciled'],
    ]);
    expect(printed).toContain('✓ install-sidecar ❯ istio-sidecar 1.22.3 is installed\n');
    expect(printed).toMatch(/signed in as smm-demo\/analytics-v0-agent, clock within \d+ s/);
    expect(changes.at(-1)).toBe('restart meshferry-agent');
    for (const unit of ['istio', 'meshferry-agent']) {
      expect([machine.isSet(`${unit}.active`), machine.isSet(`${unit}.enabled`)]).toEqual([true, true]);
    }
    expect(read(machine.paths.unit)).toContain('[Service]');
    expect(loadConfig(machine.paths.config).uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Machine(machine.paths, { dryRun: false }).hasUnfinished).toBe(false);
  });

  test('uses the unit of the package that the agent came in', async () => {
    machine.write(machine.paths.packaged.unit, '[Service]');
    await run();
    expect(existsSync(machine.paths.unit)).toBe(false);
    expect([machine.isSet('meshferry-agent.active'), machine.isSet('meshferry-agent.enabled')]).toEqual([
      true,
      true,
    ]);
  });

  test('and again finds nothing to do, and keeps its name', async () => {
    await run();
    const { uuid } = loadConfig(machine.paths.config);
    const before = machine.changes.length;
    expect(await run()).toEqual([]);
    expect(printed).toContain('no changes were needed on the host operating system');
    expect(machine.changes).toHaveLength(before);
    expect(loadConfig(machine.paths.config).uuid).toBe(uuid);
  });

  test('waits for the health that its group asks for', async () => {
    setGroup({ ...GROUP.spec, probe: { httpGet: { port: 8080 } } });
    mesh.refuse = (request) => {
      const entry = mesh.objects.get(AT.entry) as WorkloadEntry | undefined;
      if (entry && !entry.status && request.includes('workloadentries')) mesh.setHealth('True');
      return undefined;
    };
    await run();
    expect(printed).toContain('✓ wait-for-health ❯ workloadentry is healthy\n');
  });

  test('in a dry run reports what it would do, and does nothing', async () => {
    const changes = await run(true);
    expect(changes.map((change) => change.replaceAll(machine.root, ''))).toEqual(
      expect.arrayContaining(['write /etc/istio/config/mesh', 'start istio', 'restart meshferry-agent']),
    );
    for (const change of changes) expect(printed).toContain(`+ ${change}\n`);
    expect([machine.changes, mesh.tokenRequests]).toEqual([[], []]);
    expect(existsSync(machine.paths.journal)).toBe(false);
    expect(loadConfig(machine.paths.config).uuid).toBeUndefined();
  });

  test('renews its own token on the way', async () => {
    const hour = tokenOf('analytics-v0-agent', Date.now(), 3600);
    machine.setToken(hour);
    await run();
    expect(read(machine.paths.bearerToken)).not.toBe(hour);
  });

  test('whose entry its group no longer matches has it replaced', async () => {
    await run();
    setGroup({ metadata, template: { ...template, weight: 5 } });
    expect(await run()).toEqual(['replace WorkloadEntry analytics-v0-127.0.0.1: weight']);
    expect((mesh.objects.get(AT.entry) as WorkloadEntry).spec.weight).toBe(5);
  });
});

describe('it refuses, and changes nothing,', () => {
  let service: Server;
  beforeAll((done) => {
    service = createServer().listen(0, '127.0.0.1', done);
  });
  afterAll(() => service.close());

  const servicePort = () => (service.address() as AddressInfo).port;
  const declare = (ports: Record<string, number>) => setGroup({ metadata, template: { ...template, ports } });
  test.each([
    ['without root', 'not-root', () => jest.mocked(process.getuid as () => number).mockReturnValue(1000)],
    ['without systemd', 'no-systemd', () => rmSync(machine.paths.systemd, { recursive: true })],
    [
      'on an unknown distribution',
      'unknown-distribution',
      () => machine.write(machine.paths.osRelease, 'ID=plan9\n'),
    ],
    [
      "with another process on one of Istio's ports",
      'another-sidecar',
      () =>
        machine.set(
          'listening',
          `LISTEN 0 5 0.0.0.0:15001 0.0.0.0:* users:(("envoy",pid=${process.pid},fd=3))\n`,
        ),
    ],
    ['beside Consul', 'another-sidecar', () => machine.startUnits('consul')],
    ['without a token', 'bad-token', () => rmSync(machine.paths.bearerToken)],
    ['with a token that is refused', 'bad-token', () => refuseWith(401)],
    ['without the right to read', 'forbidden', () => refuseWith(403)],
    ['without a group', 'no-group', () => mesh.delete(AT.group)],
    ['without a mesh', 'no-mesh', () => mesh.delete(AT.meshConfig)],
    ['where nothing listens on a declared port', 'no-service', () => declare({ http: 1 })],
    [
      'where a container has a declared port',
      'published-port',
      () => {
        declare({ http: servicePort() });
        machine.set(
          'nat',
          `-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${servicePort()} -j DNAT --to-destination 172.17.0.2:80\n`,
        );
      },
    ],
    ['where ssh would be captured', 'kept-port', () => declare({ ssh: 22, http: servicePort() })],
  ])('%s', async (_, kind, prepare) => {
    prepare();
    await expect(run()).rejects.toMatchObject({ kind });
    expect(machine.changes).toEqual([]);
    expect(existsSync(machine.paths.journal)).toBe(false);
  });

  test("but not for a process of Istio's that is gone by now", async () => {
    machine.set('listening', 'LISTEN 0 5 0.0.0.0:15001 0.0.0.0:* users:(("envoy",pid=999999999,fd=3))\n');
    await expect(run()).resolves.not.toEqual([]);
  });

  test('while another command is at work', async () => {
    const lock = await takeLock(machine.paths.lock, 'uninstall');
    await expect(run()).rejects.toMatchObject({ kind: 'busy' });
    await lock.release();
  });

  test('in a mesh of which there is no package', async () => {
    machine.unset('installed');
    mesh.put(AT.injector, {
      metadata: { name: 'istio-sidecar-injector' },
      data: { values: JSON.stringify({ global: { tag: 'dev' } }) },
    } as never);
    await expect(run()).rejects.toMatchObject({
      kind: 'package',
      message: 'the mesh says its version is "dev", of which there is no package',
    });
  });
});

describe('what fails is undone', () => {
  test('where Istio does not start', async () => {
    machine.set('istio.broken');
    mesh.refuse = () => (machine.calls.includes('systemctl start istio') ? 403 : undefined);
    await expect(run()).rejects.toThrow();
    expect(printed).toContain('✓ the changes are undone\n');
    expect(existsSync(machine.paths.istio.mesh)).toBe(false);
    expect(read(machine.paths.hosts)).toBe('127.0.0.1 localhost\n');
    expect(machine.isSet('istio.enabled')).toBe(false);
    expect(existsSync(machine.paths.unit)).toBe(false);
  });

  test('where the API server falls silent with Istio in place: cut off, not unreachable', async () => {
    mesh.refuse = () => (machine.calls.includes('systemctl start istio') ? 500 : undefined);
    await expect(run()).rejects.toMatchObject({ kind: 'cut-off' });
    expect(machine.isSet('istio.active')).toBe(false);
    expect(existsSync(machine.paths.istio.mesh)).toBe(false);
  });

  test('where it falls silent only while the entry is waited for', async () => {
    const started = () => machine.calls.includes('systemctl start istio');
    mesh.refuse = (request) => (request === `GET ${AT.entry}` && started() ? 0 : undefined);
    await expect(run()).rejects.toMatchObject({
      kind: 'cut-off',
      message: expect.stringMatching(/^with Istio in place, the API server .* does not answer/),
    });
    expect(machine.isSet('istio.active')).toBe(false);
  });

  test('and what an earlier command left half-done is undone before', async () => {
    const killed = new Machine(machine.paths, { dryRun: false });
    killed.begin();
    killed.writeFile(`${machine.root}/etc/half-done`, 'x', { mode: 0o644 });
    machine.set('iptables.rules', '-w 5 -I OUTPUT\n');
    await run();
    expect(printed).toContain('✓ the changes of an earlier command that was interrupted are undone\n');
    expect(existsSync(`${machine.root}/etc/half-done`)).toBe(false);
    expect(machine.rulesAgainstIstiod).toBe(0);
  });
});

test('a machine that is registered and unhealthy keeps what was changed, and fails', async () => {
  setGroup({ ...GROUP.spec, probe: { httpGet: { port: 8080 } } });
  // The wait for health is the last: from there on time may fly.
  let slowDown = () => {};
  machine.when(/^systemctl restart meshferry-agent/, () => {
    slowDown = speedUp(50);
  });
  await expect(run()).rejects.toMatchObject({ kind: 'not-healthy' });
  slowDown();
  expect(printed).not.toContain('undone');
  expect(machine.isSet('istio.active')).toBe(true);
  expect(existsSync(machine.paths.istio.mesh)).toBe(true);
  expect(new Machine(machine.paths, { dryRun: false }).hasUnfinished).toBe(false);
});

test('a package that does not fit the mesh is refused before it is installed', async () => {
  machine.set('installed', 'installed 1.20.1');
  const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/istio-sidecar.deb`;
  machine.configure(mesh, { package: { url, sha256: [ofNothing], plainHttp: true } });
  writeFileSync(`${machine.root}/programs/dpkg-deb`, '#!/bin/sh\necho 1.20.9\n', { mode: 0o755 });
  await expect(run()).rejects.toMatchObject({
    kind: 'package',
    message: `the package at ${url} is istio-sidecar 1.20.9, and the mesh is Istio 1.22.3`,
  });
  server.close();
});
