import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedMigration } from '../../config';
import { renderMigrations } from '../../output';
import { describeMove } from '../report/pull-request';
import { type MergedState, withMergedState } from './merged-state';
import type { MoveRequest } from './move';
import { type Observer, type PromoteOptions, promote } from './promote';
import type { Proposal } from './propose';
import { Refusal } from './refusal';
import { BLIND, declared, TestRepository } from './testing';

const FILE = 'migrations/shop.yaml';
let repository: TestRepository;
afterEach(() => repository.remove());

function start(phase: string, prefix = ''): TestRepository {
  repository = new TestRepository({ 'shop.yaml': declared(phase) }, prefix);
  return repository;
}

function run(
  kind: 'next' | 'back' | 'abort',
  observer: Partial<Observer> = {},
  options: Partial<PromoteOptions> & { id?: string } = {},
): Promise<Proposal> {
  return withMergedState({}, (state) => propose(state, kind, observer, options));
}

function propose(
  state: MergedState,
  kind: 'next' | 'back' | 'abort',
  observer: Partial<Observer> = {},
  { id = 'shop', ...options }: Partial<PromoteOptions> & { id?: string } = {},
): Promise<Proposal> {
  const loaded = state.migrations.find((one) => one.id === id) as LoadedMigration;
  const request: MoveRequest = { kind };
  return promote(state, loaded, request, { ...BLIND, ...observer }, { describe: describeMove, ...options });
}

/** What was refused in these tests: the page on it tells each in the same words. */
const told: string[] = [];
afterAll(() => {
  const anyPhase = (text: string) => text.replaceAll(/deploy|shift-\d+/g, 'PHASE');
  const page = anyPhase(readFileSync(join(__dirname, '../../docs/reference/gates.md'), 'utf8'));
  expect(told.filter((words) => !page.includes(anyPhase(words)))).toEqual([]);
});

async function refusal(promise: Promise<unknown>): Promise<{ code: number; message: string }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error('nothing was refused');
  told.push(error.what.split('\n')[0] ?? '');
  return { code: error.exitCode, message: error.message };
}

describe('next', () => {
  test('is the same where git checks text out with other line ends', async () => {
    start('shift-10');
    repository.git('config', 'core.autocrlf', 'true');
    repository.git('rm', '--quiet', '-r', '.');
    repository.git('reset', '--quiet', '--hard');
    expect(repository.read(FILE)).toContain('\r\n');
    const { branch, files } = await run('next');
    expect(files).toEqual(['dist/shop/routing/manifests.yaml', FILE]);
    expect(repository.git('diff', '--shortstat', 'main', branch, '--', FILE)).toContain(
      '1 insertion(+), 1 deletion',
    );
    expect(repository.git('cat-file', 'blob', `${branch}:${FILE}`)).not.toContain('\r');
  });

  test('and where a rendering has put its own line ends there since', async () => {
    start('shift-10');
    repository.git('config', 'core.autocrlf', 'true');
    repository.git('rm', '--quiet', '-r', '.');
    repository.git('reset', '--quiet', '--hard');
    renderMigrations({ from: 'migrations', to: 'dist' });
    expect((await run('next')).files).toEqual(['dist/shop/routing/manifests.yaml', FILE]);
  });

  test('commits one changed word and its rendering on a branch of its own', async () => {
    start('shift-10');
    const before = repository.read(FILE);
    const { branch, push, files } = await run('next');
    expect(branch).toBe('meshferry/shop/shift-25');
    expect(push).toBe('git push origin meshferry/shop/shift-25');
    expect(files).toEqual(['dist/shop/routing/manifests.yaml', FILE]);
    expect(repository.git('show', `${branch}:${FILE}`)).toBe(before.replace('shift-10', 'shift-25').trim());
    expect(repository.git('diff', '--stat', 'main', branch, '--', FILE)).toContain(
      '1 insertion(+), 1 deletion(-)',
    );
    expect(repository.git('log', '-1', '--format=%B', branch)).toBe(
      'Move shop to shift-25\n\nKubernetes gets 25 %.\n\nMigration: shop\nMigration-Phase: 5/12\nMigration-Weights: vm=75,kubernetes=25',
    );
    expect(repository.git('log', '-1', '--format=%(trailers:key=Migration-Weights,valueonly)', branch)).toBe(
      'vm=75,kubernetes=25',
    );
  });

  test("leaves the user's tree, branch and index as they are", async () => {
    start('pin');
    repository.write('notes.txt', 'not part of it');
    await run('next');
    expect(repository.git('status', '--porcelain')).toBe('?? notes.txt');
    expect(repository.git('branch', '--show-current')).toBe('main');
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('changes nothing with dryRun, and tells everything', async () => {
    start('pin');
    const refs = repository.git('for-each-ref');
    const { message, body, branch } = await run('next', {}, { dryRun: true });
    expect(message).toContain('Migration-Phase: 3/12');
    expect(body).toContain('Deployment demo/shop-v1');
    expect(branch).toBe('meshferry/shop/deploy');
    expect(repository.git('for-each-ref')).toBe(refs);
  });

  test('walks from the first phase to the last by nothing but next and merge', async () => {
    start('onboard');
    const walked: string[] = [];
    for (let steps = 0; steps < 20 && !repository.read(FILE).includes('phase: done'); steps++) {
      const { branch, to } = await run('next');
      repository.merge(branch, steps % 2 === 0 ? 'merge' : 'squash');
      walked.push(to);
    }
    expect(walked.join(' ')).toBe(
      'pin deploy shift-10 shift-25 shift-50 shift-75 shift-100 drain retire release done',
    );
    expect((await refusal(run('next'))).message).toContain('at done, the last phase');
  });

  test('works from a folder inside the repository', async () => {
    start('pin', 'infra/mesh');
    const { files, branch } = await run('next');
    expect(files).toEqual([
      'infra/mesh/dist/shop/workload/manifests.yaml',
      'infra/mesh/migrations/shop.yaml',
    ]);
    expect(await refusal(run('next'))).toMatchObject({ code: 13, message: expect.stringContaining(branch) });
  });
});

describe('back and abort', () => {
  test('abort gives everything back in one change of the routes, whatever else is proposed', async () => {
    start('shift-50');
    await run('next');
    const { branch, files, to, body } = await run('abort');
    expect(to).toBe('deploy');
    expect(body).toMatch(
      /^> \[!CAUTION\]\n> This is an \*\*abort\*\*: once merged and synced, the VM gets every request again\./,
    );
    expect(repository.git('log', '-1', '--format=%s', branch)).toBe('Abort shop: back to deploy');
    expect(files).toEqual(['dist/shop/routing/manifests.yaml', FILE]);
    expect(repository.git('show', `${branch}:dist/shop/routing/manifests.yaml`)).not.toContain('weight: 50');
    expect(body).toContain(
      'shift-50  ██████████░░░░░░░░░░  VM 50, pods 50\ndeploy    ████████████████████  VM 100',
    );
  });

  test('a VM that serves already gets more without anybody looking, a VM that gets nothing does not', async () => {
    start('shift-100');
    expect(await refusal(run('back'))).toEqual({
      code: 14,
      message: `✖ shift-75 sends 25 % to the VM of shop, and nobody can see whether it is an endpoint: no cluster
  way out: run this where kubectl reaches the cluster, or say how you know: --despite 'seen in …'; or say why it may pass: --despite 'reason'`,
    });
    expect((await run('back', { vm: async () => ({ is: 'serving', serving: 1, detail: '' }) })).to).toBe(
      'shift-75',
    );
  });

  test('a VM that is no endpoint gets nothing more, not even in an emergency, unless told so', async () => {
    start('shift-50');
    const absent = {
      vm: async () => ({ is: 'absent', serving: 0, detail: 'WorkloadEntry shop-v0 is not Healthy' }) as const,
    };
    const refused = await refusal(run('abort', absent));
    expect(refused.code).toBe(14);
    expect(refused.message).toContain(
      'deploy sends 100 % to the VM of shop, which no client has as an endpoint: WorkloadEntry shop-v0 is not Healthy',
    );
    const { message, body } = await run('abort', absent, { despite: 'seen serving\nby hand' });
    expect(message).toContain('Migration-Despite: seen serving by hand\n');
    expect(body).toContain('> Proposed despite what follows, because: `seen serving by hand`');
  });
});

test('a branch that is merged, or in the way of a way back, is replaced', async () => {
  start('pin');
  const { branch } = await run('next');
  repository.merge(branch);
  repository.moveTo(FILE, 'pin');
  expect((await run('next')).branch).toBe(branch);
  repository.merge(branch, 'squash');
  repository.moveTo(FILE, 'shift-25');
  const { commit } = await run('abort');
  expect(repository.git('rev-parse', branch)).toBe(commit);
});

describe('refuses', () => {
  test('a dirty tree', async () => {
    start('pin');
    repository.write('migrations/other.yaml', declared('onboard').replace('demo', 'other'));
    expect(await refusal(run('next'))).toEqual({
      code: 11,
      message:
        '✖ not committed: migrations/other.yaml\n  way out: commit and merge it first, or `git stash -u` it',
    });
  });

  test('a checkout that lacks what is merged', async () => {
    start('pin');
    repository.write('more.txt', 'x');
    repository.commit('More');
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    expect(await refusal(run('next'))).toEqual({
      code: 12,
      message:
        '✖ your checkout lacks 1 commit of origin/main: a proposal is made from what is merged\n  way out: git pull --ff-only',
    });
  });

  test('a checkout that has what is not merged', async () => {
    start('pin');
    repository.git('commit', '--quiet', '--allow-empty', '-m', 'Mine');
    const refused = await refusal(run('next'));
    expect(refused.code).toBe(12);
    expect(refused.message).toContain('has 1 commit that origin/main lacks');
  });

  test('a phase that is proposed already, here or on the remote', async () => {
    start('pin');
    const { branch } = await run('next');
    const local = await refusal(run('next'));
    expect(local).toEqual({
      code: 13,
      message: `✖ moving shop to deploy is proposed already, on ${branch}\n  way out: merge it, or give it up: git branch -D ${branch}`,
    });
    repository.git('push', '--quiet', 'origin', branch);
    repository.git('branch', '--quiet', '-D', branch);
    expect((await refusal(run('next'))).message).toContain(`git push origin --delete ${branch}`);
  });

  test('a branch left over from an earlier proposal', async () => {
    start('shift-10');
    const { branch } = await run('back');
    repository.moveTo(FILE, 'pin');
    expect(await refusal(run('next'))).toEqual({
      code: 12,
      message: `✖ the branch ${branch} is left over from an earlier proposal\n  way out: git branch -D ${branch}`,
    });
  });

  test('a rendering that something else made', async () => {
    start('pin');
    repository.write(
      'dist/shop/routing/manifests.yaml',
      `# by hand\n${repository.read('dist/shop/routing/manifests.yaml')}`,
    );
    repository.commit('By hand');
    expect(await refusal(run('next'))).toMatchObject({
      code: 18,
      message: expect.stringContaining('meshferry synth'),
    });
  });

  test.each([
    ['elsewhere', '../../outside.yaml', 'is a link that leaves the repository'],
    ['in the repository', '../drafts/b.yaml', 'is a link, and is not written through'],
  ])('to write through a link to a file %s, even where nothing is to be kept', async (_, to, message) => {
    start('pin');
    const outside = join(repository.clone, '../outside.yaml');
    writeFileSync(outside, declared('pin'));
    repository.write('drafts/b.yaml', `name: other\n${declared('pin')}`);
    symlinkSync(to, join(repository.project, 'migrations/b.yaml'));
    if (to.startsWith('../drafts')) renderMigrations();
    repository.commit('A link');
    await expect(run('next', {}, { dryRun: true, id: 'other' })).rejects.toThrow(message);
    expect(readFileSync(outside, 'utf8')).toBe(declared('pin'));
  });

  test('to go on while a FREEZE file lies there, and not to go back', async () => {
    start('shift-25');
    repository.write('migrations/FREEZE', 'the sale, until Tuesday\nask the shop team\n');
    repository.commit('Freeze');
    expect(await refusal(run('next'))).toEqual({
      code: 16,
      message:
        "✖ migrations/FREEZE stops all moves: the sale, until Tuesday\n  way out: remove migrations/FREEZE when it is over; or say why it may pass: --despite 'reason'",
    });
    expect((await run('back')).to).toBe('shift-10');
  });

  test('a FREEZE file that is a link elsewhere stops all moves, and is not quoted', async () => {
    start('shift-25');
    writeFileSync(join(repository.clone, '../secret'), 'secret\n');
    symlinkSync(join(repository.clone, '../secret'), join(repository.project, 'migrations/FREEZE'));
    repository.commit('Freeze');
    const { code, message } = await refusal(run('next'));
    expect(code).toBe(16);
    expect(message).not.toContain('secret');
  });

  test('what the gate halts, and what it cannot say yet', async () => {
    start('shift-25');
    const check = { name: 'success of pods', value: '98.69 %', bound: '≥ 99 %', basis: '5 min, n=1204' };
    const verdict = (outcome: 'halt' | 'wait') => async () => ({
      id: 'shop',
      phase: 'shift-25',
      outcome,
      checks: [
        {
          ...check,
          outcome,
          text: {
            halt: 'success of pods 98.69 % < 99 % (5 min, n=1204)',
            wait: 'requests to pods: n=40, wanted ≥ 100 (5 min)',
          }[outcome],
          query: 'up',
        },
      ],
    });
    const halted = await refusal(run('next', { gate: verdict('halt') }));
    expect(halted.code).toBe(3);
    expect(halted.message).toContain(
      'HALT shift-25: success of pods 98.69 % < 99 % (5 min, n=1204)\n    query: up',
    );
    expect((await refusal(run('next', { gate: verdict('wait') }))).code).toBe(4);
    const { body } = await run('next', { gate: verdict('halt') }, { despite: 'known, and harmless' });
    expect(body).toContain('| HALT | success of pods | `98.69 %` | ≥ 99 % | 5 min, n=1204 |');
    expect((await run('back', { gate: verdict('halt') })).to).toBe('shift-10');
  });

  test('an environment that gets ahead of the one before it, or of its soak', async () => {
    repository = new TestRepository({
      'staging/shop.yaml': declared('shift-10', 'gate: {soak: 1h}\n'),
      'prod/shop.yaml': declared('shift-10'),
      'prod/mesh.yaml': 'istio: "1.24"\nafter: staging\n',
    });
    const options = { id: 'prod/shop' };
    expect(await refusal(run('next', {}, options))).toEqual({
      code: 15,
      message:
        "✖ staging/shop is at shift-10: prod/shop may not go to shift-25 before it\n  way out: meshferry next staging/shop; or say why it may pass: --despite 'reason'",
    });
    repository.moveTo('migrations/staging/shop.yaml', 'shift-25');
    // By the date of its commit it would have soaked; the forge merged it half an hour ago.
    const mergeTime = async () => new Date(Date.now() - 1_800_000);
    expect((await refusal(run('next', { mergeTime }, options))).message).toContain(
      'staging/shop has not soaked at shift-25 yet: 30 min of 60 min, by the forge',
    );
    const longAgo = async () => new Date(Date.now() - 3_600_000);
    expect((await run('next', { mergeTime: longAgo }, options)).branch).toBe('meshferry/prod/shop/shift-25');
  });
});

test('an environment before that has no such migration is no hindrance', async () => {
  repository = new TestRepository({
    'prod/shop.yaml': declared('shift-10'),
    'prod/mesh.yaml': 'istio: "1.24"\nafter: staging\n',
    'staging/other.yaml': declared('shift-10').replace('namespace: demo', 'namespace: other'),
  });
  expect((await run('next', {}, { id: 'prod/shop' })).to).toBe('shift-25');
});

describe('two runs at the same time', () => {
  /** Two runs that have looked before either acts. One author in one second makes the same commit twice. */
  async function race<T>(use: (first: MergedState, second: MergedState) => Promise<T>): Promise<T> {
    start('shift-10');
    Object.assign(process.env, {
      GIT_AUTHOR_DATE: '@1700000000 +0000',
      GIT_COMMITTER_DATE: '@1700000000 +0000',
    });
    return withMergedState({}, (first) => withMergedState({}, (second) => use(first, second)));
  }

  test('make one branch here: the slower one is told, and takes nothing away', async () => {
    await race(async (first, second) => {
      const { branch, commit } = await propose(first, 'next');
      expect(await refusal(propose(second, 'next'))).toMatchObject({ code: 13 });
      expect(repository.git('rev-parse', branch)).toBe(commit);
    });
  });

  test('open one pull request: the slower one leaves its branch alone', async () => {
    await race(async (first, second) => {
      standIn(0);
      const { branch, commit } = await propose(first, 'next', {}, { forge: 'gh' });
      const refused = await refusal(propose(second, 'next', {}, { forge: 'gh' }));
      expect(refused).toMatchObject({
        code: 13,
        message: expect.stringContaining(`git push origin --delete ${branch}`),
      });
      expect(repository.git('ls-remote', 'origin', branch)).toContain(commit);
    });
  });

  test('a branch that somebody else pushed meanwhile is neither replaced nor removed', async () => {
    start('shift-10');
    await withMergedState({}, async (state) => {
      standIn(1);
      repository.git('push', '--quiet', 'origin', 'main:refs/heads/meshferry/shop/shift-25');
      expect(await refusal(propose(state, 'next', {}, { forge: 'gh' }))).toMatchObject({ code: 13 });
    });
    expect(repository.git('ls-remote', 'origin', 'meshferry/shop/shift-25')).toContain(
      repository.git('rev-parse', 'main'),
    );
  });

  test.each([1, 2, 3, 4, 5, 6])('whoever is faster, one wins: round %i', async () => {
    await race(async (first, second) => {
      standIn(0);
      const both = [
        propose(first, 'next', {}, { forge: 'gh' }),
        propose(second, 'next', {}, { forge: 'gh' }),
      ];
      const [won, lost] = (await Promise.allSettled(both)).sort((a) => (a.status === 'fulfilled' ? -1 : 1));
      expect(won).toMatchObject({ status: 'fulfilled' });
      expect(lost).toMatchObject({ status: 'rejected', reason: { reason: 'proposed' } });
      expect(repository.git('ls-remote', 'origin', 'meshferry/shop/shift-25')).not.toBe('');
    });
  });

  test('a branch that a person works on is not moved under their feet', async () => {
    start('pin');
    const { branch } = await run('next');
    repository.merge(branch);
    repository.moveTo(FILE, 'pin');
    repository.git('worktree', 'add', '--quiet', join(repository.root, 'own'), branch);
    const refused = await run('next').catch((error: Refusal) => error);
    expect(refused).toMatchObject({ reason: 'stale', what: `the branch ${branch} is checked out` });
  });
});

/** Stands in for gh: writes down what it is asked, and ends as told. */
function standIn(code: number): void {
  const bin = join(repository.root, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\ncase "$*" in *pulls*) exit 1;; esac\nprintf '%s\\n' "$@" > ${repository.root}/asked\ncat > ${repository.root}/body\necho https://git.example/pull/1\nexit ${code}\n`;
  writeFileSync(join(bin, 'gh'), script);
  chmodSync(join(bin, 'gh'), 0o755);
  process.env.PATH = `${bin}:${process.env.PATH}`;
}

describe('with a forge', () => {
  test('the branch is pushed, and the pull request opened with the evidence', async () => {
    start('shift-10');
    standIn(0);
    const { url, branch, commit, body, push } = await run('next', {}, { forge: 'gh' });
    expect({ url, push }).toEqual({ url: 'https://git.example/pull/1', push: undefined });
    expect(repository.git('ls-remote', 'origin', branch)).toContain(commit);
    expect(repository.git('branch', '--list', 'meshferry/*')).toBe('');
    expect(readFileSync(join(repository.root, 'body'), 'utf8')).toBe(body);
    expect(readFileSync(join(repository.root, 'asked'), 'utf8')).toContain(
      '--head\nmeshferry/shop/shift-25\n',
    );
    expect(await refusal(run('next', {}, { forge: 'gh' }))).toMatchObject({ code: 13 });
  });

  test('a forge that fails leaves no branch behind', async () => {
    start('shift-10');
    standIn(1);
    await expect(run('next', {}, { forge: 'gh' })).rejects.toThrow(/^✖ gh pr create failed/);
    expect(repository.git('ls-remote', 'origin', 'refs/heads/meshferry/*')).toBe('');
  });

  test('one that fails after it opened the pull request keeps its branch', async () => {
    start('shift-10');
    standIn(1);
    const gh = join(repository.root, 'bin/gh');
    const answers = readFileSync(gh, 'utf8').replace(
      'exit 1;;',
      `echo '[{"html_url":"https://git.example/pull/9"}]'; exit 0;;`,
    );
    writeFileSync(gh, answers);
    expect((await run('next', {}, { forge: 'gh' })).url).toBe('https://git.example/pull/9');
    expect(repository.git('ls-remote', 'origin', 'refs/heads/meshferry/*')).not.toBe('');
  });

  test('one that fails puts a branch back to what it was', async () => {
    start('pin');
    const { branch } = await run('next');
    repository.git('push', '--quiet', 'origin', branch);
    repository.merge(branch);
    repository.git('branch', '--quiet', '-D', branch);
    repository.moveTo(FILE, 'pin');
    const before = repository.git('ls-remote', 'origin', branch);
    standIn(1);
    await expect(run('next', {}, { forge: 'gh' })).rejects.toThrow(/^✖ gh pr create failed/);
    expect(repository.git('ls-remote', 'origin', branch)).toBe(before);
  });

  test('a dry run pushes nothing and asks nobody', async () => {
    start('shift-10');
    standIn(1);
    await run('next', {}, { forge: 'gh', dryRun: true });
    expect(repository.git('ls-remote', 'origin', 'refs/heads/meshferry/*')).toBe('');
  });
});

test('what git says of a remote is told without the token in its address', async () => {
  start('pin');
  repository.git('remote', 'set-url', 'origin', 'http://someone:secret@127.0.0.1:9/mesh.git');
  const error = await run('next').catch((reason: Error) => reason);
  expect(String(error)).toMatch(/^GitError: ✖ git ls-remote failed: /);
  expect(String(error)).not.toContain('secret');
});

test('a hook that refuses the commit leaves no branch', async () => {
  start('pin');
  repository.write('.git/hooks/commit-msg', '#!/bin/sh\necho "no such ticket" >&2\nexit 1\n');
  chmodSync(`${repository.clone}/.git/hooks/commit-msg`, 0o755);
  await expect(run('next')).rejects.toThrow('no such ticket');
  expect(repository.git('branch', '--list', 'meshferry/*')).toBe('');
});
