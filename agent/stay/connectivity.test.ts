import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Session } from '../join/session';
import { speedUp } from '../testing/fast-clock';
import { TestMachine } from '../testing/test-machine';
import { TestMesh } from '../testing/test-mesh';
import { checkConnectivity, sshAnswers } from './connectivity';

/** An address of loopback that nothing else of this machine uses. */
const SSH_AT = '127.23.42.15';
let mesh: TestMesh;
let machine: TestMachine;
let slowDown: () => void;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  machine = new TestMachine(mesh);
  slowDown = speedUp(20);
});
afterEach(() => {
  slowDown();
  machine.remove();
});

/** A server on port 22, on which only root may listen. */
async function listenAsSsh(): Promise<Server> {
  const ssh = createServer((socket) => socket.destroy()).listen(22, SSH_AT);
  await once(ssh, 'listening');
  return ssh;
}
const session = () => new Session(machine.paths);

needing('root').test('a machine that reaches the API server, and is reached by ssh, passes', async () => {
  const ssh = await listenAsSsh();
  expect(await sshAnswers(SSH_AT)).toBe(true);
  await expect(checkConnectivity(session(), SSH_AT)).resolves.toBeUndefined();
  ssh.close();
});

test('the API server is asked over a new connection: an open one proves nothing', async () => {
  const { api, ...rest } = session();
  const forgotten = jest.spyOn(api, 'forgetIdleConnections');
  await checkConnectivity({ api, ...rest } as Session);
  expect(forgotten).toHaveBeenCalled();
});

test('an API server that no longer answers cuts the machine off, after four attempts', async () => {
  mesh.refuse = () => 500;
  await expect(checkConnectivity(session())).rejects.toMatchObject({
    kind: 'cut-off',
    message: `with Istio in place, the API server ${mesh.url} no longer answers`,
  });
  expect(mesh.requests).toHaveLength(4);
});

test('one that refuses what it is asked answers', async () => {
  mesh.refuse = () => 403;
  await expect(checkConnectivity(session())).resolves.toBeUndefined();
});

test('one that answers at the last attempt is taken for reachable', async () => {
  mesh.refuse = () => (mesh.requests.length < 4 ? 500 : undefined);
  await expect(checkConnectivity(session())).resolves.toBeUndefined();
  expect(mesh.requests).toHaveLength(4);
});

test('ssh that no longer answers cuts the machine off, and so do both', async () => {
  expect(await sshAnswers(SSH_AT)).toBe(false);
  await expect(checkConnectivity(session(), SSH_AT)).rejects.toMatchObject({
    kind: 'cut-off',
    message: `with Istio in place, ssh on ${SSH_AT}:22 no longer answers`,
  });
  mesh.refuse = () => 500;
  await expect(checkConnectivity(session(), SSH_AT)).rejects.toMatchObject({
    message: `with Istio in place, the API server ${mesh.url} and ssh on ${SSH_AT}:22 no longer answer`,
  });
});

test('ssh that did not answer before is not asked', async () => {
  await expect(checkConnectivity(session(), undefined)).resolves.toBeUndefined();
});
