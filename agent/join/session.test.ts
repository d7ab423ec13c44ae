import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { TestMachine } from '../testing/test-machine';
import { TestMesh, tokenOf } from '../testing/test-mesh';
import { Session } from './session';

const DAY = 86_400;
let mesh: TestMesh;
let machine: TestMachine;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  machine = new TestMachine(mesh);
});
afterEach(() => machine.remove());

const session = () => new Session(machine.paths);
const tokenFile = () => readFileSync(machine.paths.bearerToken, 'utf8');
/** A token of the agent's account that was issued some days ago. */
const issued = (daysAgo: number, seconds: number, account = 'analytics-v0-agent') =>
  tokenOf(account, Date.now() - daysAgo * DAY * 1000, seconds);

describe('signing in', () => {
  test('asks the API server with the token and the CA of the agent, and says as whom', async () => {
    const { api, account, token } = session();
    expect(account).toBe('smm-demo/analytics-v0-agent');
    await api.get('/apis/networking.istio.io/v1beta1/namespaces/smm-demo/workloadgroups/analytics-v0');
    expect(mesh.bearer).toBe(`Bearer ${token}`);
  });

  test('with a token of nobody in particular says so', () => {
    machine.setToken('opaque');
    expect(session().account).toBe('the bearer of the token');
  });

  test.each([
    ['CA', () => machine.paths.apiServerCa, 'usage', "the API server's CA is not set"],
    ['token', () => machine.paths.bearerToken, 'bad-token', 'there is no bearer token'],
    ['configuration', () => machine.paths.config, 'usage', 'no WorkloadGroup is set'],
  ])('without a %s is refused', (_, file, kind, message) => {
    rmSync(file());
    expect(session).toThrow(expect.objectContaining({ kind, message: expect.stringContaining(message) }));
  });
});

describe('the token of the agent', () => {
  test('is outdated once somebody sets another', () => {
    const signedIn = session();
    expect(signedIn.isOutdated).toBe(false);
    machine.setToken(issued(0, DAY));
    expect(signedIn.isOutdated).toBe(true);
    rmSync(machine.paths.bearerToken);
    expect(signedIn.isOutdated).toBe(false);
  });

  test.each([
    ['of an hour, as kubectl makes it', 0, 3600],
    ['of a month, a day after it was issued', 1.01, 30 * DAY],
  ])(
    '%s is exchanged for one of a month, used from then on, and kept for root alone',
    async (_, daysAgo, seconds) => {
      const before = issued(daysAgo, seconds);
      machine.setToken(before);
      const signedIn = session();
      const expires = await signedIn.keepBearerToken();
      expect(mesh.tokenRequests).toEqual([
        { account: 'analytics-v0-agent', spec: { expirationSeconds: 30 * DAY } },
      ]);
      expect(signedIn.token).not.toBe(before);
      expect(tokenFile()).toBe(signedIn.token);
      expect(statSync(machine.paths.bearerToken).mode & 0o777).toBe(0o600);
      expect(Math.abs((expires?.getTime() ?? 0) - Date.now() - 30 * DAY * 1000)).toBeLessThan(60_000);
      expect(signedIn.isOutdated).toBe(false);
      await signedIn.api.get('/api').catch(() => {});
      expect(mesh.bearer).toBe(`Bearer ${signedIn.token}`);
    },
  );

  test('of a month is kept on its first day', async () => {
    machine.setToken(issued(0.9, 30 * DAY));
    const expires = await session().keepBearerToken();
    expect(mesh.tokenRequests).toEqual([]);
    expect(Math.abs((expires?.getTime() ?? 0) - Date.now() - 29.1 * DAY * 1000)).toBeLessThan(60_000);
  });

  test('is asked for as long as the configuration says, ten minutes at least', async () => {
    machine.configure(mesh, { bearerTokenDays: 0.001 });
    machine.setToken(issued(0, 60));
    await session().keepBearerToken();
    expect(mesh.tokenRequests[0]?.spec).toEqual({ expirationSeconds: 600 });
  });

  test('that the API server grants for less than it was asked is not asked for again and again', async () => {
    mesh.longestToken = 3600;
    machine.setToken(issued(0, 3600));
    const signedIn = session();
    await signedIn.keepBearerToken();
    await signedIn.keepBearerToken();
    expect(mesh.tokenRequests).toHaveLength(1);
  });

  test.each([
    ['of another account', issued(2, 3 * DAY, 'somebody'), true],
    ['without an end', 'opaque', false],
  ])('%s is used as it is', async (_, token, ends) => {
    machine.setToken(token);
    expect((await session().keepBearerToken()) !== undefined).toBe(ends);
    expect(mesh.tokenRequests).toEqual([]);
    expect(tokenFile()).toBe(token);
  });

  test('of this machine alone is renewed as that', async () => {
    const account = 'analytics-v0-agent.rack-1';
    machine.setToken(issued(2, 30 * DAY, account));
    await session().keepBearerToken();
    expect(mesh.tokenRequests.map((request) => request.account)).toEqual([account]);
  });

  test.each(['analytics-v0-agents', 'analytics-v0', 'another-agent.rack-1'])(
    'of the account %s is used as it is',
    async (account) => {
      const token = issued(2, 30 * DAY, account);
      machine.setToken(token);
      await session().keepBearerToken();
      expect(mesh.tokenRequests).toEqual([]);
      expect(tokenFile()).toBe(token);
    },
  );

  test('that may not be renewed is used until it ends', async () => {
    machine.setToken(issued(2, 3 * DAY));
    mesh.refuse = (request) => (request.startsWith('POST') ? 403 : undefined);
    const expires = await session().keepBearerToken();
    expect(Math.abs((expires?.getTime() ?? 0) - Date.now() - DAY * 1000)).toBeLessThan(60_000);
  });

  test('stays where its renewal fails, and the failure is not hidden', async () => {
    const token = issued(2, 3 * DAY);
    machine.setToken(token);
    mesh.refuse = (request) => (request.startsWith('POST') ? 500 : undefined);
    await expect(session().keepBearerToken()).rejects.toMatchObject({ status: 500 });
    expect(tokenFile()).toBe(token);
    expect(existsSync(`${machine.paths.bearerToken}.meshferry-new`)).toBe(false);
  });
});
