import { type CompleteConfig, DEFAULTS } from '../config';
import { ApiError } from '../kubernetes/api-error';
import type { ApiServer } from '../kubernetes/client';
import { Authority } from '../testing/tls';
import { entryName, readEntry, readFacts } from './mesh-facts';

const authority = new Authority();
const { ca } = authority;
afterAll(() => authority.remove());

const config: CompleteConfig = {
  ...DEFAULTS,
  workloadGroup: { namespace: 'smm-demo', name: 'analytics-v0' },
  apiServer: { url: 'https://192.0.2.1:6443' },
};

/** A mesh whose gateway's Service is as given; `missing` names what is not there. */
function mesh(gateway: object, missing?: string): ApiServer {
  const get = async (path: string) => {
    const name = path.split('/').at(-1) ?? '';
    if (name === missing) throw new ApiError(404, 'not found');
    if (name === 'istio-eastwestgateway') return { metadata: { name }, status: gateway };
    return {
      metadata: { name, namespace: 'smm-demo' },
      spec: {},
      data: { mesh: '', values: '{}', 'root-cert.pem': ca },
    };
  };
  return { get } as unknown as ApiServer;
}

const read = (api: ApiServer) => readFacts(api, config, 'token');

test("the gateway's address is where istiod is found", async () => {
  const facts = await read(mesh({ loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } }));
  expect(facts.istiodAddress).toBe('192.0.2.9');
});

test('a gateway that has only a name is looked up: the hosts file is never left empty', async () => {
  const facts = await read(mesh({ loadBalancer: { ingress: [{ hostname: 'localhost' }] } }));
  expect(['127.0.0.1', '::1']).toContain(facts.istiodAddress);
});

test.each([
  [
    'a name that does not resolve',
    { loadBalancer: { ingress: [{ hostname: 'gateway.invalid' }] } },
    undefined,
  ],
  ['no address yet', { loadBalancer: {} }, undefined],
  ['no gateway at all', {}, 'istio-eastwestgateway'],
])('%s: said so, with what to do', async (_, status, missing) => {
  await expect(read(mesh(status, missing))).rejects.toMatchObject({
    kind: 'no-mesh',
    next: expect.stringContaining('--istiod-address'),
  });
});

test.each([
  ['istio-ca-root-cert', 'no-mesh', 'istiod writes it into every namespace'],
  ['istio', 'no-mesh', 'say where istiod is'],
  ['analytics-v0', 'no-group', 'sync the vm layer'],
])('without %s: %s, and what to do', async (missing, kind, next) => {
  const gateway = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } };
  await expect(read(mesh(gateway, missing))).rejects.toMatchObject({
    kind,
    next: expect.stringContaining(next),
  });
});

test('an entry is named as istiod names it', () => {
  const group = (network?: string) => ({
    metadata: { name: 'analytics-v0' },
    spec: { template: { ...(network && { network }) } },
  });
  expect(entryName(group(), '10.0.0.5')).toBe('analytics-v0-10.0.0.5');
  expect(entryName(group('vm-network'), '2001:db8::1')).toBe('analytics-v0-2001-db8--1-vm-network');
});

test('an entry that its account may not read says which address is not the one declared', async () => {
  const refuses = {
    get: async () => {
      throw new ApiError(403, 'forbidden');
    },
  } as unknown as ApiServer;
  await expect(readEntry(refuses, config, 'analytics-v0-10.0.0.5')).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('WorkloadEntry smm-demo/analytics-v0-10.0.0.5'),
    next: expect.stringContaining('vm.machines'),
  });
});
