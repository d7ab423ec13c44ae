import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declared, TestRepository } from '../../operate/promote/testing';
import { meshferry } from '../../test/program';

/** The commands as a person types them, in a real repository. */

let repository: TestRepository;
afterEach(() => repository.remove());

const start = (migrations: Readonly<Record<string, string>>) => {
  repository = new TestRepository(migrations);
};
const run = (...args: string[]) => meshferry(repository.project, args);

test('next tells what to push and what to say, and refuses with the way out and its own code', () => {
  start({ 'shop.yaml': declared('shift-10') });
  const proposed = run('next', 'shop');
  expect(proposed).toMatchObject({ status: 0, stderr: '' });
  expect(proposed.stdout).toMatch(
    /^✔ shop: shift-10 → shift-25: committed on meshferry\/shop\/shift-25\nPush it:\n {2}git push origin meshferry\/shop\/shift-25\nPull request: Move shop to shift-25 \(5\/12\)\n\n\*\*`shop`\*\*: /,
  );
  expect(run('next', 'shop')).toMatchObject({
    status: 13,
    stdout: '',
    stderr:
      'shop\n✖ moving shop to shift-25 is proposed already, on meshferry/shop/shift-25\n  way out: merge it, or give it up: git branch -D meshferry/shop/shift-25\n',
  });
  expect(run('goto', 'shift-75', 'shop')).toMatchObject({ status: 10 });
  expect(run('next')).toMatchObject({ status: 2, stderr: '✖ name migrations, or give --all\n' });
  expect(run('next', 'shopp')).toMatchObject({
    status: 2,
    stderr: '✖ no migration is named shopp; there are shop; did you mean "shop"?\n',
  });
});

test('without a Prometheus, next waits until the phase has soaked', () => {
  start({ 'shop.yaml': declared('shift-10', 'gate: {soak: 10m}\n') });
  expect(run('next', 'shop', '--dry-run')).toMatchObject({
    status: 4,
    stderr: expect.stringMatching(
      /✖ WAIT shift-10: soak: \d+ s, wanted ≥ 10 min \(since the merge, by the date of its commit\)/,
    ),
  });
  expect(run('back', 'shop', '--dry-run', '--despite', 'seen serving')).toMatchObject({ status: 0 });
  const despite = run('next', 'shop', '--dry-run', '--despite', 'seen enough');
  expect(despite.stdout).toContain('> Proposed despite what follows, because: `seen enough`');
});

test('goto takes the phase before or after the names, and suggests one that was meant', () => {
  start({ 'shop.yaml': declared('shift-10') });
  for (const words of [
    ['shop', 'shift-25'],
    ['shift-25', 'shop'],
  ]) {
    const { status, stdout } = run('goto', ...words, '--dry-run');
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('shift-10 → shift-25'),
    });
  }
  expect(run('goto', 'shop', 'shift-52')).toMatchObject({
    status: 10,
    stderr: expect.stringContaining(
      '✖ shop has no phase shift-52; did you mean "shift-50"?\n  way out: one of onboard, ',
    ),
  });
  expect(run('goto', 'shop')).toMatchObject({
    status: 2,
    stderr: '✖ name a migration and a phase: meshferry goto NAME PHASE\n',
  });
});

test('commands work from any folder of the project', () => {
  start({ 'prod/shop.yaml': declared('shift-10') });
  const folder = join(repository.project, 'migrations/prod');
  expect(meshferry(folder, ['plan', 'shop'])).toMatchObject({ status: 0, stderr: '' });
  expect(meshferry(folder, ['next', 'shop', '--dry-run'])).toMatchObject({ status: 0, stderr: '' });
  expect(meshferry(folder, ['status', '--no-cluster'])).toMatchObject({ status: 0, stderr: '' });
});

test('with --json, what went wrong is JSON too', () => {
  start({ 'shop.yaml': declared('shift-10') });
  const json = (...args: string[]) => {
    const { status, stdout } = run(...args, '--json');
    const { error } = JSON.parse(stdout);
    expect(error.exitCode).toBe(status);
    return error;
  };
  expect(json('next', 'shopp')).toEqual({
    exitCode: 2,
    message: '✖ no migration is named shopp; there are shop; did you mean "shop"?',
  });
  expect(json('plan', '--fromm', 'x')).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('--fromm'),
  });
  repository.write('migrations/other.yaml', 'x');
  expect(json('next', 'shop')).toMatchObject({ exitCode: 11 });
});

test('a remote whose HEAD names no branch is no riddle where it has one branch only', () => {
  start({ 'shop.yaml': declared('shift-10') });
  repository.git('--git-dir', repository.origin, 'symbolic-ref', 'HEAD', 'refs/heads/gone');
  expect(run('next', 'shop', '--dry-run')).toMatchObject({ status: 0, stderr: '' });
  repository.git('push', '--quiet', 'origin', 'main:refs/heads/release');
  expect(run('next', 'shop', '--dry-run')).toMatchObject({
    status: 2,
    stderr:
      '✖ origin names no default branch\n  way out: say which branch is synced: --base main, --base release\n',
  });
});

test('a forge that is not installed is said in words', () => {
  start({ 'shop.yaml': declared('shift-10') });
  // Stands in for ssh: the host is this machine.
  const ssh = join(repository.root, 'ssh');
  writeFileSync(ssh, '#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n');
  chmodSync(ssh, 0o755);
  Object.assign(process.env, { GIT_SSH: ssh, GIT_SSH_VARIANT: 'simple' });
  repository.git('remote', 'set-url', 'origin', `ssh://git@gitlab.example${repository.origin}`);
  delete process.env.CI;
  const { status, stdout } = run('next', 'shop');
  expect(status).toBe(0);
  expect(stdout).toContain(
    'committed on meshferry/shop/shift-25\nglab is not installed, so no pull request was opened.\nPush it:\n',
  );
});

test("what a cluster or git says cannot steer a person's terminal", () => {
  start({ 'shop.yaml': declared('shift-10') });
  expect(run('next', 'x\u001b[2J').stderr).toContain('✖ no migration is named x\\u{1b}[2J; ');
});

test('a fleet goes on as far as it may, and what waits is no failure', () => {
  const of = (namespace: string, phase: string) =>
    declared(phase).replace('namespace: demo', `namespace: ${namespace}`);
  start({
    'a.yaml': of('a', 'pin'),
    'b.yaml': of('b', 'pin'),
    'c.yaml': of('c', 'done'),
    'd.yaml': of('d', 'pin'),
  });
  const first = run('next', '--all', '--max-in-flight', '2', '--json');
  expect(first.status).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject([
    { id: 'a', to: 'deploy' },
    { id: 'b', to: 'deploy' },
    { id: 'd', refused: { reason: 'inFlight', what: '2 proposals are open, and 2 is the most' } },
  ]);
  expect(run('next', 'd', '--max-in-flight', '2')).toMatchObject({
    status: 17,
    stderr: 'd\n✖ 2 proposals are open, and 2 is the most\n  way out: merge some first\n',
  });
  const second = run('next', '--all', '--max-in-flight', '3', '--json');
  expect(JSON.parse(second.stdout)).toMatchObject([
    { id: 'a', refused: { reason: 'proposed' } },
    { id: 'b', refused: { reason: 'proposed' } },
    { id: 'd', to: 'deploy' },
  ]);
});

test('what fails for one migration of a fleet is told, and the others go on', () => {
  start({
    'a.yaml': declared('shift-10').replace('namespace: demo', 'namespace: a'),
    'down/mesh.yaml': 'istio: "1.24"\nprometheus: http://127.0.0.1:9\n',
    'down/b.yaml': declared('shift-10').replace('namespace: demo', 'namespace: b'),
  });
  const all = run('next', '--all', '--no-cluster', '--json');
  expect(all.status).toBe(1);
  expect(JSON.parse(all.stdout)).toMatchObject([
    { id: 'a', to: 'shift-25' },
    {
      id: 'down/b',
      failed: expect.stringMatching(/^✖ http:\/\/127\.0\.0\.1:9\/api\/v1\/query does not answer/),
    },
  ]);
  const despite = run('next', 'down/b', '--no-cluster', '--dry-run', '--despite', 'Prometheus moves house');
  expect(despite).toMatchObject({ status: 0, stderr: '' });
  expect(despite.stdout).toContain('| WAIT | Prometheus | `http://127.0.0.1:9/api/v1/query does not answer');
  expect(despite.stdout).toContain('> Proposed despite what follows, because: `Prometheus moves house`');
  const status = run('status', '--no-cluster');
  expect(status.status).toBe(3);
  expect(status.stdout).toMatch(
    /✖ {2}down\/b +shift-10 .*\n {4}http:\/\/127\.0\.0\.1:9\/api\/v1\/query does not answer: .*\n· {2}a +shift-10 /,
  );
});

test('with --when-green nothing moves that nobody could look at', () => {
  start({ 'shop.yaml': declared('shift-10') });
  const result = run('next', '--all', '--when-green', '--no-cluster', '--json');
  expect(result.status).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject([{ id: 'shop', refused: { reason: 'notYet' } }]);
});

test('gate and status say what they could not see, each with its own code', () => {
  start({
    'shop.yaml': declared('shift-10'),
    'old.yaml': declared('done').replace('namespace: demo', 'namespace: old'),
  });
  const gate = run('gate', 'shop', '--no-cluster');
  expect(gate.status).toBe(4);
  expect(gate.stdout).toContain('  WAIT shift-10: requests to pods: no Prometheus to ask, wanted ≥ 100\n');
  const status = run('status', '--no-cluster');
  expect(status).toMatchObject({ status: 0, stderr: '' });
  expect(status.stdout).toMatch(
    /^ {3}migration .*\n· {2}shop +shift-10 {2}4\/12 +\? +90\/10 +- +unseen +unseen +WAIT +\d+s\n2 migrations, 0 need a person; 1 is through \(--all shows more\)\n$/,
  );
  expect(run('gate', 'shop', '--no-cluster', '--prometheus', 'http://127.0.0.1:9')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('✖ http://127.0.0.1:9/api/v1/query does not answer: '),
  });
});

test('discover reads by kubectl, and never writes over a file', () => {
  start({ 'shop.yaml': declared('pin') });
  // Stands in for kubectl: a cluster with plain Istio, which knows no IstioControlPlane.
  const istiod = {
    kind: 'Deployment',
    metadata: {
      name: 'istiod',
      namespace: 'istio-system',
      labels: { app: 'istiod', 'istio.io/rev': 'default' },
    },
    spec: { template: { spec: { containers: [{ image: 'istio/pilot:1.24.0' }] } } },
  };
  const bin = join(repository.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'objects'), JSON.stringify({ items: [istiod] }));
  writeFileSync(
    join(bin, 'kubectl'),
    `#!/bin/sh\ncase "$*" in *istiocontrolplanes*) echo 'error: the server does not have a resource type' >&2; exit 1;; esac\ncat ${bin}/objects\n`,
  );
  chmodSync(join(bin, 'kubectl'), 0o755);
  process.env.PATH = `${bin}:${process.env.PATH}`;
  expect(run('discover')).toMatchObject({ status: 0, stdout: expect.stringContaining('istio: "1.24.0"\n') });
  expect(run('discover', '--istio', 'latest')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('✖ "latest" must be a version of Istio'),
  });
  expect(run('discover', '--write', 'migrations/mesh.yaml')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('migrations/mesh.yaml exists'),
  });
  expect(run('discover', '--write', 'migrations/new.yaml')).toMatchObject({ status: 0 });
  expect(repository.read('migrations/new.yaml')).toContain('namespace: istio-system');
  writeFileSync(join(bin, 'kubectl'), '#!/bin/sh\necho \'error: context "x" does not exist\' >&2\nexit 1\n');
  expect(run('discover', '--context', 'x')).toMatchObject({
    status: 1,
    stdout: '',
    stderr:
      '✖ no cluster can be read: kubectl says: error: context "x" does not exist\n  way out: name a context that reaches one by --context; `kubectl config get-contexts` lists them\n',
  });
});

test.each([[['status', '--no-cluster']], [['gate', 'shop', '--no-cluster']], [['diff']], [['next', 'shop']]])(
  'where there is no repository, that is told: %j',
  (args) => {
    start({ 'shop.yaml': declared('pin') });
    renameSync(join(repository.clone, '.git'), join(repository.root, 'gone'));
    expect(run(...args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `✖ ${repository.project} is in no git repository with a commit\n  way out: git init, commit, and try again\n`,
    });
  },
);
