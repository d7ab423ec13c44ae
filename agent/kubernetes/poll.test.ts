import { setTimeout as sleep } from 'node:timers/promises';
import { speedUp } from '../testing/fast-clock';
import { AT, TestMesh, tokenOf } from '../testing/test-mesh';
import { ApiServer } from './client';
import { pollObject } from './poll';

const [, collection = '', name = ''] = /^(.*)\/(.*)$/.exec(AT.entry) ?? [];
const READ = `GET ${AT.entry}`;
let mesh: TestMesh;
let slowDown: () => void;
let end: AbortController;
let ended: Promise<void>;
let urgent: boolean;
let reported: (string | undefined)[];
let failures: string[];
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  slowDown = speedUp(20);
  end = new AbortController();
  urgent = false;
  reported = [];
  failures = [];
});
afterEach(async () => {
  end.abort();
  await ended;
  slowDown();
});

function start(): void {
  const api = new ApiServer({ url: mesh.url, ca: mesh.ca, token: () => tokenOf('a', Date.now(), 60) });
  const handlers = {
    changed: (object?: { metadata: { name: string } }) => reported.push(object?.metadata.name),
    failed: (error: unknown) => failures.push((error as Error).message),
  };
  ended = pollObject(api, { collection, name }, handlers, () => urgent, end.signal);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
const reads = () => mesh.requests.filter((request) => request === READ).length;

test('tells that there is no object, when it comes, and when it is gone', async () => {
  urgent = true;
  start();
  await until(() => reported.length === 1);
  mesh.register();
  await until(() => reported.length === 2);
  mesh.delete(AT.entry);
  await until(() => reported.length === 3);
  expect(reported).toEqual([undefined, name, undefined]);
});

test('an object that stays as it is is reported once, however often it is read', async () => {
  urgent = true;
  mesh.register();
  start();
  await until(() => reads() >= 4);
  expect(reported).toEqual([name]);
});

test('it asks for the one object by its name, and neither lists nor watches', async () => {
  urgent = true;
  start();
  await until(() => reads() >= 3);
  expect(new Set(mesh.requests)).toEqual(new Set([READ]));
});

test('it reads seldom, and at once when something is expected', async () => {
  start();
  await until(() => reads() === 1);
  const calmAt = Date.now();
  await until(() => reads() === 2);
  expect(Date.now() - calmAt).toBeGreaterThanOrEqual(4_500);
  urgent = true;
  const count = reads();
  await until(() => reads() >= count + 3);
});

test('what fails is reported, and tried again', async () => {
  mesh.refuse = () => (reads() < 3 ? 403 : undefined);
  start();
  await until(() => reported.length === 1);
  expect(failures).toEqual(['refused by the test', 'refused by the test']);
});
