import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declared, TestRepository } from '../../operate/promote/testing';
import { meshferry, workspaces } from '../../test/program';

const workspace = workspaces();

test('new declares a migration that renders, and never overwrites one', () => {
  const folder = workspace({ 'migrations/mesh.yaml': 'istio: "1.24"\n' });
  const run = (...args: string[]) => meshferry(folder, ['new', ...args]);
  expect(
    run('shop/ledger', '--namespace', 'shop', '--port', '5432', '--port', 'http-admin=8080'),
  ).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('  migrations/shop/ledger.yaml\n'),
  });
  const text = readFileSync(join(folder, 'migrations/shop/ledger.yaml'), 'utf8');
  expect(text).toContain('ports:\n  tcp-ledger: 5432\n  http-admin: 8080\n');
  expect(text).toContain('tcpSocket: { port: 5432 }');
  expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stderr: '' });
  expect(run('shop/ledger')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ledger.yaml exists'),
  });
  expect(run('Shop')).toMatchObject({ status: 2 });
  expect(run('../out').status).toBe(2);
  expect(run('other', '--port', 'http')).toMatchObject({
    status: 2,
    stderr: '✖ http is no port: give NAME=NUMBER, such as http=8080\n',
  });
});

describe('in a repository', () => {
  let repository: TestRepository;
  beforeEach(() => {
    repository = new TestRepository({ 'shop.yaml': declared('pin') });
  });
  afterEach(() => repository.remove());
  const run = (...args: string[]) => meshferry(repository.project, args);

  test('history tells each phase with the commit that brought it', () => {
    repository.moveTo('migrations/shop.yaml', 'deploy', 1_700_000_000);
    repository.write('migrations/shop.yaml', `${repository.read('migrations/shop.yaml')}# a comment\n`);
    repository.commit('Explain');
    const { phases } = JSON.parse(run('history', 'shop', '--json').stdout);
    expect(phases).toMatchObject([
      { phase: 'deploy', subject: 'To deploy' },
      { phase: 'pin', subject: 'Start' },
    ]);
    expect(run('history', 'shop').stdout).toMatch(
      /^shop \(migrations\/shop\.yaml\)\n\d{4}-\d\d-\d\d \d\d:\d\d +deploy +[0-9a-f]{10} +To deploy\n.* +pin +[0-9a-f]{10} +Start\n$/,
    );
  });

  test('freeze stops moves once it is merged, and unfreeze lets them go on', () => {
    expect(run('freeze', 'until Monday').stdout).toContain(
      '  git add migrations/FREEZE && git commit -m Freeze && git push\n',
    );
    expect(run('freeze', 'again')).toMatchObject({ status: 2 });
    repository.commit('Freeze');
    expect(run('next', 'shop', '--dry-run')).toMatchObject({
      status: 16,
      stderr: expect.stringContaining('migrations/FREEZE stops all moves: until Monday'),
    });
    expect(run('unfreeze').status).toBe(0);
    repository.commit('Unfreeze');
    expect(run('next', 'shop', '--dry-run')).toMatchObject({ status: 0 });
    expect(run('unfreeze')).toMatchObject({ status: 2 });
    expect(run('freeze', 'x', '--environment', '../..')).toMatchObject({ status: 2 });
  });
});
