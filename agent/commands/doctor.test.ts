import { rmSync } from 'node:fs';
import type { WorkloadGroup } from '../kubernetes/objects';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh } from '../testing/test-mesh';
import { Authority } from '../testing/tls';
import { examine, type Finding, findingsText } from './doctor';

let mesh: TestMesh;
let machine: TestMachine;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  mesh.register();
  machine = new TestMachine(mesh);
  machine.startUnits('istio', 'meshferry-agent');
  machine.set('captured', '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT\n');
  jest.spyOn(process, 'getuid').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
  machine.remove();
});

const HOST = ['root', 'systemd', 'distribution', 'programs', 'firewall', 'disk', 'ports'];
const MESH = ['configuration', 'sign-in', 'mesh', 'clock', 'address'];
const JOINED = [
  'kept ports',
  'service',
  'containers',
  'way to istiod',
  'istio',
  'capture',
  'certificate',
  'registration',
  'outgoing',
];
/** Checks that failed, and how. istiod listens nowhere in these tests, so that the way to it always fails. */
const failures = (findings: readonly Finding[]) =>
  Object.fromEntries(
    findings.flatMap(({ check, failure }) =>
      failure && check !== 'way to istiod' ? [[check, failure.kind]] : [],
    ),
  );

test('every check is made, in the order in which one depends on the other, and nothing is changed', async () => {
  const findings = await examine(machine.paths);
  expect(findings.map(({ check }) => check)).toEqual([...HOST, ...MESH, ...JOINED]);
  expect(failures(findings)).toEqual({});
  expect(machine.changes).toEqual([]);
  expect(mesh.requests.every((request) => request.startsWith('GET'))).toBe(true);
});

test('the findings are printed in one line each', async () => {
  const lines = findingsText(await examine(machine.paths)).split('\n');
  expect(lines).toHaveLength(HOST.length + MESH.length + JOINED.length);
  expect(lines).toEqual(
    expect.arrayContaining([
      '✓ root',
      '✓ distribution ❯ Debian GNU/Linux 12 (bookworm)',
      '✓ sign-in ❯ smm-demo/analytics-v0-agent',
      '✓ mesh ❯ istiod is at 127.0.0.1',
      '✓ address ❯ 127.0.0.1, on none of the interfaces',
      '✓ registration ❯ analytics-v0-127.0.0.1 is registered',
      '✖ way to istiod ❯ istiod does not answer at 127.0.0.1:15012 → open TCP 15012 (and 15443 for a network of its own) from this machine to the gateway',
    ]),
  );
});

const probed = { ...GROUP, spec: { ...GROUP.spec, probe: { httpGet: { port: 8080 } } } } as WorkloadGroup;
test.each([
  ['not root', () => jest.mocked(process.getuid as () => number).mockReturnValue(1), { root: 'not-root' }],
  ['no systemd', () => rmSync(machine.paths.systemd, { recursive: true }), { systemd: 'no-systemd' }],
  [
    'a distribution that is not known',
    () => machine.write(machine.paths.osRelease, 'ID=plan9'),
    { distribution: 'unknown-distribution' },
  ],
  ['rules that are gone', () => machine.set('no-capture'), { capture: 'istio-failed' }],
  ['Istio stopped', () => machine.unset('istio.active'), { istio: 'istio-failed' }],
  ['no entry', () => mesh.delete(AT.entry), { registration: 'not-registered' }],
  ['no group', () => mesh.delete(AT.group), { mesh: 'no-group' }],
  [
    'a token that is refused',
    () => {
      mesh.refuse = () => 401;
    },
    { mesh: 'bad-token' },
  ],
  [
    'a service that is down',
    () => mesh.put(AT.group, { ...GROUP, spec: { template: { ports: { http: 1 } } } } as WorkloadGroup),
    { service: 'no-service' },
  ],
  [
    'a port that is kept',
    () => mesh.put(AT.group, { ...GROUP, spec: { template: { ports: { ssh: 22 } } } } as WorkloadGroup),
    { 'kept ports': 'kept-port' },
  ],
  [
    'a probe that fails',
    () => {
      mesh.put(AT.group, probed);
      mesh.register();
      mesh.setHealth('False', 'connection refused');
    },
    { registration: 'not-healthy' },
  ],
  [
    'a configuration that is none',
    () => machine.write(machine.paths.config, 'mesh: 5\n'),
    { configuration: 'usage', 'sign-in': 'usage' },
  ],
  ['no CA', () => rmSync(machine.paths.apiServerCa), { 'sign-in': 'usage' }],
] as [string, () => void, Record<string, string>][])('%s is found', async (_, prepare, expected) => {
  prepare();
  expect(failures(await examine(machine.paths))).toMatchObject(expected);
});

test('an expired certificate is found', async () => {
  const authority = new Authority();
  machine.write(machine.paths.istio.certChain, authority.issue('IP:127.0.0.1', -1).cert);
  authority.remove();
  const found = (await examine(machine.paths)).find(({ check }) => check === 'certificate');
  expect(found?.failure?.message).toMatch(/^the certificate of this machine expired at \d{4}-/);
});

test('it says where the machine is connected to, without what came in and without loopback', async () => {
  machine.set('listening', 'LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* users:(("python3",pid=1,fd=3))\n');
  machine.set(
    'established',
    [
      '0 0 10.0.0.5:40000 10.0.9.9:5432 users:(("app",pid=5,fd=3))',
      '0 0 [::ffff:10.0.0.5]:40002 [::ffff:10.0.9.8]:6379',
      '0 0 10.0.0.5:40001 10.0.9.9:5432',
      `0 0 10.0.0.5:40004 10.0.9.7:15012 users:(("MainThread",pid=${process.pid},fd=9))`,
      '0 0 10.0.0.5:8080 10.0.0.7:55000',
      '0 0 127.0.0.1:40003 127.0.0.1:15000',
    ].join('\n'),
  );
  const found = (await examine(machine.paths)).find(({ check }) => check === 'outgoing');
  expect(found?.addresses).toEqual(['10.0.9.8:6379', '10.0.9.9:5432']);
});

test('as JSON, a failure has its message', async () => {
  machine.unset('istio.active');
  const found = (await examine(machine.paths)).find(({ check }) => check === 'istio');
  expect(JSON.parse(JSON.stringify(found)).failure).toEqual({
    kind: 'istio-failed',
    message: 'Istio does not run on this machine',
    next: 'meshferry-agent reconcile; its log: journalctl -u istio',
  });
});

test('the message of a probe is printed', async () => {
  mesh.put(AT.group, probed);
  mesh.register();
  mesh.setHealth('False', 'connection refused');
  expect(findingsText(await examine(machine.paths))).toContain(
    '✖ registration ❯ analytics-v0-127.0.0.1 is registered and gets no traffic: connection refused → ',
  );
});

test('without a session, or without the facts of the mesh, what depends on them is left out', async () => {
  mesh.refuse = () => 500;
  const unread = await examine(machine.paths);
  expect(unread.map(({ check }) => check)).toEqual([...HOST, 'configuration', 'sign-in', 'mesh', 'clock']);
  rmSync(machine.paths.bearerToken);
  const unsigned = await examine(machine.paths);
  expect(unsigned.map(({ check }) => check)).toEqual([...HOST, 'configuration', 'sign-in']);
});
