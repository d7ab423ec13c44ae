import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { TestMesh } from '../testing/test-mesh';
import { drain, leaveTraffic, retireIstio, stopIstio } from './drain';
import { JournalLines } from './journal-lines';

/** What ss prints of a connection of a caller in the mesh, and of one of the machine's own. */
const CALLER = '0 0 10.0.0.5:15006 10.244.0.9:41234\n';
const OWN = '0 0 127.0.0.6:15006 127.0.0.1:41234\n';

let mesh: TestMesh;
let machine: TestMachine;
let slowDown: () => void;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  machine = new TestMachine(mesh);
  machine.startUnits('istio');
  slowDown = speedUp(20);
});
afterEach(() => {
  slowDown();
  jest.restoreAllMocks();
  machine.remove();
});

describe('draining', () => {
  test('ends at once where nobody but the machine itself is connected', async () => {
    machine.set('inbound', OWN);
    expect(await drain()).toBe(0);
    expect(machine.calls).toHaveLength(1);
  });

  test('waits until the last caller is gone', async () => {
    machine.set('inbound', CALLER + CALLER);
    const began = Date.now();
    machine.when(/^ss/, () => {
      if (Date.now() - began > 2000) machine.set('inbound');
    });
    expect(await drain()).toBe(0);
    expect(Date.now() - began).toBeGreaterThanOrEqual(2000);
  });

  test('gives up after the given time, and says how many are left', async () => {
    machine.set('inbound', CALLER + OWN + CALLER);
    const began = Date.now();
    expect(await drain(3)).toBe(2);
    expect(Date.now() - began).toBeGreaterThan(3000);
  });
});

describe('stopping Istio', () => {
  test('stops it after the callers are gone', async () => {
    expect(await stopIstio()).toBe(0);
    expect(machine.changes).toEqual(['systemctl stop istio']);
    expect(machine.isSet('istio.active')).toBe(false);
  });

  test('kills it where it does not stop by itself', async () => {
    machine.set('istio.stuck');
    await stopIstio();
    expect(machine.changes).toEqual([
      'systemctl stop istio',
      'systemctl kill --signal=KILL istio',
      'systemctl stop istio',
    ]);
    expect(machine.isSet('istio.active')).toBe(false);
  });
});

describe('leaving traffic', () => {
  test('does nothing where nobody is connected', async () => {
    await leaveTraffic();
    expect(machine.changes).toEqual([]);
  });

  test('keeps the machine away from istiod, for as long as istiod takes to remove its entry', async () => {
    machine.set('inbound', CALLER);
    machine.set('to-istiod', 'ESTAB 0 0 10.0.0.5:40000 192.0.2.1:15012\n');
    const began = Date.now();
    await leaveTraffic();
    expect(Date.now() - began).toBeGreaterThanOrEqual(11_000);
    expect(machine.rulesAgainstIstiod).toBe(2); // IPv4, IPv6
    expect(machine.changes.at(-1)).toBe('ss -H -K dport = :15012');
  });
});

describe('retiring', () => {
  let journal: string[];
  beforeEach(() => {
    journal = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => journal.push(String(text)) > 0);
  });

  test('stops Istio for good, and says so', async () => {
    await retireIstio('smm-demo/a is retired', new JournalLines());
    expect(machine.isSet('istio.active')).toBe(false);
    expect(machine.isSet('istio.enabled')).toBe(false);
    expect(journal.join('')).toMatch(/smm-demo\/a is retired: Istio stops once no request is in flight/);
    expect(journal.join('')).toMatch(/Istio is stopped; `meshferry-agent uninstall`/);
  });

  test('counts the connections that did not end in time', async () => {
    machine.set('inbound', CALLER);
    await retireIstio('smm-demo/a is retired', new JournalLines());
    expect(journal.join('')).toContain('Istio is stopped, 1 connections did not end in time;');
  });

  test('does nothing where Istio does not run', async () => {
    machine.unset('istio.active');
    await retireIstio('smm-demo/a is retired', new JournalLines());
    expect([machine.changes, journal]).toEqual([[], []]);
  });
});
