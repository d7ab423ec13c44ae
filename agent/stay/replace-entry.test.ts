import { Session } from '../join/session';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh } from '../testing/test-mesh';
import { replaceEntry } from './replace-entry';

let mesh: TestMesh;
let machine: TestMachine;
let restarts: number;
let slowDown: () => void;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  mesh.register();
  machine = new TestMachine(mesh);
  machine.startUnits('istio');
  machine.set('to-istiod', 'ESTAB 0 0 10.0.0.5:40000 192.0.2.1:15012\n');
  restarts = 0;
  slowDown = speedUp(20);
});
afterEach(() => {
  slowDown();
  machine.remove();
});

type Spec = WorkloadGroup['spec'];
const { template, metadata } = GROUP.spec;
/** Replaces the entry after the group became what `spec` says. */
async function replace(spec: Spec, restartAnyway = false): Promise<string> {
  const group = { ...GROUP, spec };
  mesh.put(AT.group, group);
  const entry = mesh.objects.get(AT.entry) as WorkloadEntry;
  return replaceEntry(new Session(machine.paths), group, entry, restartAnyway, async () => {
    restarts++;
    mesh.register();
  });
}
const entry = () => mesh.objects.get(AT.entry) as WorkloadEntry;
const forbidPatch = () => {
  mesh.refuse = (request) => (request.startsWith('PATCH') ? 403 : undefined);
};
/** istiod removes an entry after its machine disconnected, and creates it again when the machine is back. */
const istiodFollows = () => {
  machine.when(/^ss .*-K dport/, () => mesh.delete(AT.entry));
  machine.when(/^ip6tables .* -D OUTPUT/, () => {
    if (machine.rulesAgainstIstiod === 0 && !mesh.objects.has(AT.entry)) mesh.register();
  });
};

describe('with the right to patch entries', () => {
  test('nothing on the machine is touched', async () => {
    const ports = { http: 8081 };
    expect(await replace({ metadata, template: { ...template, ports, weight: 5, locality: 'a/b' } })).toBe(
      'patched',
    );
    expect(entry().spec).toMatchObject({ ports, weight: 5, locality: 'a/b' });
    expect([machine.changes, restarts]).toEqual([[], 0]);
  });

  test('what the group no longer has goes from the entry', async () => {
    mesh.register({ ports: { http: 8080, admin: 9000 }, weight: 7 });
    await replace({ metadata, template: { ...template, ports: { http: 8080 } } });
    expect(entry().spec.ports).toEqual({ http: 8080 });
    expect(entry().spec).not.toHaveProperty('weight');
  });

  test('new labels are written to the entry and to its own metadata', async () => {
    await replace({ template, metadata: { labels: { app: 'analytics', version: 'v1' } } });
    expect(entry().spec.labels).toEqual({ app: 'analytics', version: 'v1' });
    expect(entry().metadata.labels).toEqual({ app: 'analytics', version: 'v1' });
  });

  test('a restart that is needed anyway follows', async () => {
    expect(await replace({ metadata, template: { ...template, weight: 5 } }, true)).toBe('patched');
    expect(restarts).toBe(1);
  });

  test('a patch that fails for another reason is a failure', async () => {
    mesh.refuse = (request) => (request.startsWith('PATCH') ? 500 : undefined);
    await expect(replace({ metadata, template: { ...template, weight: 5 } })).rejects.toMatchObject({
      status: 500,
    });
    expect(machine.changes).toEqual([]);
  });

  test.each([
    ['probe', { metadata, template, probe: { httpGet: { port: 8080 } } }],
    ['serviceAccount', { metadata, template: { ...template, serviceAccount: 'another' } }],
  ])('the %s is not patched, since istiod takes it from the connection: Istio restarts', async (_, spec) => {
    istiodFollows();
    expect(await replace(spec as Spec)).toBe('registered again');
    expect(mesh.requests.some((request) => request.startsWith('PATCH'))).toBe(false);
    expect(restarts).toBe(1);
  });
});

describe('without it', () => {
  beforeEach(forbidPatch);

  test('the machine keeps away from istiod until its entry is gone, and registers again without a restart', async () => {
    istiodFollows();
    expect(await replace({ metadata, template: { ...template, weight: 5 } })).toBe('registered again');
    expect(machine.changes.slice(0, 3)).toEqual([
      expect.stringMatching(/^iptables -w 5 -I OUTPUT .*--dport 15012 .*-j DROP/),
      expect.stringMatching(/^ip6tables -w 5 -I OUTPUT/),
      'ss -H -K dport = :15012',
    ]);
    expect(machine.rulesAgainstIstiod).toBe(0);
    expect(restarts).toBe(0);
    expect(machine.calls.some((call) => call.startsWith('systemctl'))).toBe(false);
  });

  test('for labels, with which Envoy was started, Istio is killed and restarted', async () => {
    istiodFollows();
    await replace({ template, metadata: { labels: { app: 'analytics', version: 'v1' } } });
    expect(machine.calls).toContain('systemctl kill --signal=KILL istio');
    expect(restarts).toBe(1);
  });

  test('where the kernel cannot destroy a socket, Istio is stopped and restarted', async () => {
    machine.set('kernel-cannot-destroy');
    machine.when(/^systemctl stop istio/, () => mesh.delete(AT.entry));
    expect(await replace({ metadata, template: { ...template, weight: 5 } })).toBe('registered again');
    expect(machine.changes).toContain('systemctl stop istio');
    expect(restarts).toBe(1);
  });

  test('an entry that istiod does not remove is a failure after 45 s, and the machine may reach istiod again', async () => {
    const began = Date.now();
    await expect(replace({ metadata, template: { ...template, weight: 5 } })).rejects.toMatchObject({
      kind: 'not-registered',
      message: 'istiod did not remove the outdated WorkloadEntry analytics-v0-127.0.0.1 in 45 s',
      next: 'delete it: kubectl delete workloadentry analytics-v0-127.0.0.1 -n smm-demo',
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(45_000);
    expect(machine.rulesAgainstIstiod).toBe(0);
    expect(restarts).toBe(0);
  });
});
