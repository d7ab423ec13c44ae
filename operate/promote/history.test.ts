import { Git } from './git';
import { currentSince } from './history';
import { sinceOf } from './since';
import { declared, TestRepository } from './testing';

const FILE = 'migrations/shop.yaml';
const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);

let repository: TestRepository;
beforeEach(() => {
  repository = new TestRepository({ 'shop.yaml': declared('pin') });
});
afterEach(() => repository.remove());

const history = () => ({ git: new Git(repository.clone), commit: 'HEAD', prefix: '' });
const seconds = async () => {
  const merged = (await currentSince(history(), [FILE])).get(FILE);
  return merged && merged.time.getTime() / 1000;
};

/** A commit that changes nothing but the text of the file, at a time. */
function commit(phase: string, at: number): void {
  repository.write(FILE, declared(phase));
  repository.commit(`To ${phase}`, at);
}

test('a phase is current since the oldest commit that left it as it is', async () => {
  commit('deploy', now + 1);
  repository.write(FILE, `${declared('deploy')}# a remark\n`);
  repository.commit('A remark', now + 2);
  // Both are younger than the present, by a second or two: the present is the latest that counts.
  expect(await seconds()).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
  expect((await currentSince(history(), [FILE])).get(FILE)?.commit).toBe(
    repository.git('rev-parse', 'HEAD~1'),
  );
});

describe('whoever makes a commit sets its date', () => {
  test('one that claims to be older than what it follows is as old as that', async () => {
    const parent = Number(repository.git('log', '-1', '--format=%ct'));
    commit('deploy', now - 30 * DAY);
    expect(await seconds()).toBe(parent);
  });

  test('nor do several of them get behind what was merged before', async () => {
    const merged = Number(repository.git('log', '-1', '--format=%ct'));
    repository.write('notes.txt', 'harmless');
    repository.commit('Notes', now - 40 * DAY);
    commit('deploy', now - 30 * DAY);
    expect(await seconds()).toBe(merged);
  });

  test('one that claims to come from the future is no older than the present', async () => {
    commit('deploy', now + 30 * DAY);
    expect(await seconds()).toBeGreaterThanOrEqual(now);
    expect(await seconds()).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('a merge counts when it was merged, whenever its branch was made', async () => {
    const before = Number(repository.git('log', '-1', '--format=%ct'));
    repository.git('switch', '--quiet', '-c', 'move');
    repository.write(FILE, declared('deploy'));
    repository.git('commit', '--quiet', '--all', '-m', 'Move', '--date', `@${now - 30 * DAY} +0000`);
    repository.git('switch', '--quiet', 'main');
    repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'move');
    expect(await seconds()).toBeGreaterThanOrEqual(before);
    expect((await currentSince(history(), [FILE])).get(FILE)?.commit).toBe(
      repository.git('rev-parse', 'HEAD'),
    );
  });
});

test('the clock of the forge counts where it tells, and it is said which one does', async () => {
  const merged = new Date(Date.now() - 60_000);
  const asked: string[] = [];
  const byForge = await sinceOf(history(), [FILE], async (one) => {
    asked.push(one);
    return merged;
  });
  expect(byForge.get(FILE)).toEqual({ time: merged, by: 'forge' });
  expect(asked).toEqual([repository.git('rev-parse', 'HEAD')]);
  const byCommit = await sinceOf(history(), [FILE], async () => undefined);
  expect(byCommit.get(FILE)).toMatchObject({ by: 'commit' });
});
