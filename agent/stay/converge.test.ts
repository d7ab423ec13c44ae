import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readMachineFacts } from '../join/machine-facts';
import { readFacts } from '../join/mesh-facts';
import { Session } from '../join/session';
import type { WorkloadGroup } from '../kubernetes/objects';
import { claimsOf } from '../kubernetes/token';
import { Machine } from '../machine/machine';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh, tokenOf } from '../testing/test-mesh';
import { converge, keepIstioToken } from './converge';

const HOUR = 3600;
let mesh: TestMesh;
let machine: TestMachine;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  machine = new TestMachine(mesh);
  machine.set('to-istiod', 'ESTAB 0 0 10.0.0.5:40000 192.0.2.1:15012\n');
});
afterEach(() => machine.remove());

const onMachine = (dryRun = false) => new Machine(machine.paths, { dryRun });
const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** Converges as a command does. */
async function run({
  dryRun = false,
  around,
}: {
  dryRun?: boolean;
  around?: (restart: () => Promise<void>) => Promise<void>;
} = {}) {
  const session = new Session(machine.paths);
  const facts = await readFacts(session.api, session.config, session.token);
  const changed = onMachine(dryRun);
  changed.begin();
  const { effect, reconnected } = await converge(
    changed,
    session,
    facts,
    await readMachineFacts(session),
    around,
  );
  changed.commit();
  return { effect, reconnected, changes: changed.changes };
}
const setGroup = (spec: WorkloadGroup['spec']) => mesh.put(AT.group, { ...GROUP, spec } as WorkloadGroup);
const { template, metadata } = GROUP.spec;
const ports = (...numbers: number[]) => ({
  metadata,
  template: { ...template, ports: Object.fromEntries(numbers.map((port) => [`p${port}`, port])) },
});

describe('a machine that joins', () => {
  test("keeps what Istio's start script sources from istio-proxy, and gives it what it writes", async () => {
    await run();
    const given = machine.calls.find((call) => call.startsWith('chown '))?.split(' ') ?? [];
    const { owned, sourced, data, clusterEnv } = machine.paths.istio;
    expect(given.slice(0, 3)).toEqual(['chown', '-R', 'istio-proxy']);
    expect(given).toContain(data);
    for (const folder of sourced)
      expect([given.includes(folder), owned.includes(folder)]).toEqual([false, false]);
    expect(statSync(clusterEnv)).toMatchObject({ uid: process.getuid?.() });
    expect(statSync(clusterEnv).mode & 0o777).toBe(0o644);
  });

  test('gets its files, a token for istiod, and Istio enabled and started', async () => {
    const { effect, reconnected, changes } = await run();
    expect([effect, reconnected]).toEqual(['start', true]);
    const { istio, hosts } = machine.paths;
    expect(read(istio.mesh)).toContain('meshId: mesh1');
    expect(read(istio.clusterEnv)).toContain("ISTIO_NAMESPACE='smm-demo'");
    expect(read(istio.rootCert)).toBe(mesh.ca);
    expect(read(hosts)).toMatch(/^127\.0\.0\.1 istiod\.istio-system\.svc # meshferry-agent$/m);
    expect(claimsOf(read(istio.token) ?? '')).toMatchObject({
      namespace: 'smm-demo',
      serviceAccount: 'analytics',
    });
    expect(statSync(istio.token).mode & 0o777).toBe(0o600);
    expect(mesh.tokenRequests).toEqual([
      { account: 'analytics', spec: { expirationSeconds: HOUR, audiences: ['istio-ca'] } },
    ]);
    expect(machine.changes).toEqual(['systemctl enable --quiet istio', 'systemctl start istio']);
    expect(changes.map((change) => change.replace(machine.root, ''))).toEqual([
      `write /etc/istio/config/mesh`,
      `write /var/lib/istio/envoy/cluster.env`,
      `write /etc/certs/root-cert.pem`,
      `write /etc/hosts: 127.0.0.1 istiod.istio-system.svc`,
      `write /var/run/secrets/tokens/istio-token`,
      'enable istio',
      'start istio',
    ]);
  });

  test('reports the same in a dry run, and does nothing', async () => {
    const { changes } = await run({ dryRun: true });
    expect(changes).toHaveLength(7);
    expect(existsSync(machine.paths.istio.mesh)).toBe(false);
    expect([machine.changes, mesh.tokenRequests]).toEqual([[], []]);
  });

  test('without the user istio-proxy is refused', async () => {
    machine.set('no-istio-proxy');
    await expect(run()).rejects.toMatchObject({
      kind: 'istio-failed',
      message: 'the user istio-proxy does not exist, though the sidecar is installed',
    });
  });

  test('whose group declares a port that is kept is refused before anything is written', async () => {
    setGroup(ports(22));
    await expect(run()).rejects.toMatchObject({ kind: 'kept-port' });
    expect(existsSync(machine.paths.istio.mesh)).toBe(false);
  });
});

describe('a machine that has joined', () => {
  beforeEach(async () => {
    setGroup(ports(8080));
    await run();
    writeFileSync(`${machine.root}/state/calls`, '');
  });

  test('is left as it is', async () => {
    expect(await run()).toEqual({ effect: 'none', reconnected: false, changes: [] });
    expect(machine.changes).toEqual([]);
  });

  test('with another port has it captured, while Envoy keeps running', async () => {
    setGroup(ports(8081));
    expect(await run()).toMatchObject({ effect: 'capture', reconnected: false });
    expect(machine.changes).toEqual([
      'iptables -w 5 -t nat -A ISTIO_INBOUND -p tcp --dport 8081 -j ISTIO_IN_REDIRECT',
      'iptables -w 5 -t nat -D ISTIO_INBOUND -p tcp --dport 8080 -j ISTIO_IN_REDIRECT',
    ]);
  });

  test("with another port and without Istio's chain has Istio restarted", async () => {
    setGroup(ports(8081));
    const iptables = `${machine.root}/programs/iptables`;
    writeFileSync(iptables, '#!/bin/sh\nexit 1\n');
    expect(await run()).toMatchObject({ effect: 'restart', reconnected: true });
    expect(machine.changes).toEqual(['systemctl restart istio']);
  });

  test('with other labels has Istio restarted, in the hands of the caller', async () => {
    setGroup({ ...ports(8080), metadata: { labels: { app: 'other' } } });
    const order: string[] = [];
    const { effect } = await run({
      around: async (restart) => {
        order.push(`before: ${machine.changes.length}`);
        await restart();
        order.push(`after: ${machine.changes.length}`);
      },
    });
    expect([effect, order]).toEqual(['restart', ['before: 0', 'after: 1']]);
  });

  test('whose istiod has another address is connected to it, while Istio keeps running', async () => {
    machine.configure(mesh, { mesh: { istiodAddress: '192.0.2.9' } });
    expect(await run()).toMatchObject({ effect: 'none', reconnected: true });
    expect(read(machine.paths.hosts)).toMatch(/^192\.0\.2\.9 istiod\.istio-system\.svc # meshferry-agent$/m);
    expect(machine.changes).toEqual(['ss -H -K dport = :15012']);
  });

  test('and where the kernel cannot destroy the old connection, has Istio restarted', async () => {
    machine.set('kernel-cannot-destroy');
    machine.configure(mesh, { mesh: { istiodAddress: '192.0.2.9' } });
    expect(await run()).toMatchObject({ effect: 'restart', reconnected: true });
    expect(machine.changes).toContain('systemctl restart istio');
  });

  test('whose Istio was stopped has it started', async () => {
    machine.unset('istio.active');
    expect(await run()).toMatchObject({ effect: 'start', changes: ['start istio'] });
  });

  test('whose Istio was disabled has it enabled', async () => {
    machine.unset('istio.enabled');
    expect(await run()).toMatchObject({ effect: 'none', changes: ['enable istio'] });
  });

  test('is stopped before DNS capture changes: Istio removes its rules by the settings of that moment', async () => {
    machine.configure(mesh, { dnsCapture: false });
    const { effect, changes } = await run();
    expect([effect, changes[0], changes.at(-1)]).toEqual(['start', 'stop istio', 'start istio']);
    expect(machine.changes).toEqual(['systemctl stop istio', 'systemctl start istio']);
  });

  test('keeps a root certificate file that holds the same roots in another order', async () => {
    const { rootCert } = machine.paths.istio;
    writeFileSync(rootCert, `\n${mesh.ca}\n`);
    await run();
    expect(read(rootCert)).toBe(`\n${mesh.ca}\n`);
    writeFileSync(rootCert, '');
    await run();
    expect(read(rootCert)).toBe(mesh.ca);
  });
});

describe("Istio's token", () => {
  const now = () => read(machine.paths.istio.token);
  const keep = (dryRun = false) => keepIstioToken(onMachine(dryRun), new Session(machine.paths), 'analytics');
  const give = (account: string, secondsAgo: number) =>
    machine.write(machine.paths.istio.token, tokenOf(account, Date.now() - secondsAgo * 1000, HOUR));

  test('is kept in the first half of its life', async () => {
    give('analytics', 1700);
    const before = now();
    const expires = await keep();
    expect(now()).toBe(before);
    expect(Math.abs((expires?.getTime() ?? 0) - Date.now() - 1900_000)).toBeLessThan(60_000);
  });

  test.each([
    ['in the second half', () => give('analytics', 1900)],
    ['that is of another account', () => give('another', 0)],
    ['that is none', () => machine.write(machine.paths.istio.token, 'x')],
    ['that is missing', () => {}],
  ])('%s is exchanged', async (_, prepare) => {
    prepare();
    const expires = await keep();
    expect(mesh.tokenRequests).toHaveLength(1);
    expect(claimsOf(now() ?? '')?.serviceAccount).toBe('analytics');
    expect(Math.abs((expires?.getTime() ?? 0) - Date.now() - HOUR * 1000)).toBeLessThan(60_000);
  });

  test('in a dry run is not asked for', async () => {
    await keep(true);
    expect([mesh.tokenRequests, now()]).toEqual([[], undefined]);
  });

  test('that the agent may not make is a failure that names the account', async () => {
    mesh.refuse = (request) => (request.startsWith('POST') ? 403 : undefined);
    await expect(keep()).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('tokens of smm-demo/analytics'),
    });
  });
});
