import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForgeError, findForge, findPullRequest, mergeTime, openPullRequest, putComment } from './forge';

/**
 * Contract tests: no forge is called. A stand-in on the PATH writes down its arguments and standard input and answers
 * from files, so that what is tested is what gh and glab would be asked, as their manuals have it.
 */
const STAND_IN = `#!/bin/sh
dir=$(dirname "$0")
[ "$1" = --version ] && exit 0
n=$(($(cat "$dir/count" 2>/dev/null || echo 0) + 1)); echo $n > "$dir/count"
for argument in "$@"; do printf '%s\\n' "$argument"; done > "$dir/call-$n.args"
cat > "$dir/call-$n.stdin"
[ -f "$dir/answer-$n.error" ] && { cat "$dir/answer-$n.error" >&2; exit 1; }
cat "$dir/answer-$n" 2>/dev/null
exit 0
`;

let folder: string;
const { PATH: path, CI: ci } = process.env;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-forge-')));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => {
  process.env.PATH = path;
  if (ci === undefined) delete process.env.CI;
  else process.env.CI = ci;
  rmSync(folder, { recursive: true, force: true });
});

function install(name: string, ...answers: string[]): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, STAND_IN);
  chmodSync(file, 0o755);
  for (const [index, answer] of answers.entries())
    writeFileSync(join(folder, 'bin', `answer-${index + 1}`), answer);
  process.env.PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
}

function call(number: number) {
  const read = (what: string) => readFileSync(join(folder, 'bin', `call-${number}.${what}`), 'utf8');
  return { args: read('args').trimEnd().split('\n'), stdin: read('stdin') };
}

const REQUEST = {
  branch: 'meshferry/shop/pin',
  base: 'main',
  title: 'Move shop to pin (2/12)',
  body: 'Evidence.',
};

test('gh gets the body on its standard input, and tells the address', async () => {
  install('gh', 'Creating pull request\nhttps://github.com/example/mesh/pull/7\n');
  expect(await openPullRequest('gh', folder, REQUEST)).toBe('https://github.com/example/mesh/pull/7');
  expect(call(1)).toEqual({
    args: [
      'pr',
      'create',
      '--base',
      'main',
      '--head',
      'meshferry/shop/pin',
      '--title',
      'Move shop to pin (2/12)',
      '--body-file',
      '-',
    ],
    stdin: 'Evidence.',
  });
});

test('glab gets it as an argument, and asks nothing', async () => {
  install('glab', '!7 Move shop to pin\n https://gitlab.example/mesh/-/merge_requests/7\n');
  expect(await openPullRequest('glab', folder, REQUEST)).toBe(
    'https://gitlab.example/mesh/-/merge_requests/7',
  );
  expect(call(1).args).toEqual([
    ...['mr', 'create', '--target-branch', 'main', '--source-branch', 'meshferry/shop/pin'],
    ...[
      '--title',
      'Move shop to pin (2/12)',
      '--description',
      'Evidence.',
      '--remove-source-branch',
      '--yes',
    ],
  ]);
});

test.each(['gh', 'glab'] as const)(
  'a draft, its reviewers and labels are what %s is asked for',
  async (forge) => {
    install(forge, 'https://git.example/7\n');
    const more = { draft: true, reviewers: ['ada', 'octo-org/shop'], labels: ['rollout'] };
    await openPullRequest(forge, folder, { ...REQUEST, ...more });
    const wanted = ['--draft', '--reviewer', 'ada', '--reviewer', 'octo-org/shop', '--label', 'rollout'];
    expect(call(1).args.slice(-wanted.length)).toEqual(wanted);
  },
);

describe('what a forge knows', () => {
  test('the time of a merge into the branch, the first where a commit came in several', async () => {
    const merged = (at: string | null, ref: string) => ({ merged_at: at, base: { ref } });
    const all = [
      merged('2026-03-02T00:00:00Z', 'main'),
      merged('2026-03-01T00:00:00Z', 'main'),
      merged('2026-01-01T00:00:00Z', 'elsewhere'),
      merged(null, 'main'),
    ];
    install('gh', JSON.stringify(all));
    expect(await mergeTime('gh', folder, 'abc', 'main')).toEqual(new Date('2026-03-01T00:00:00Z'));
    expect(call(1).args).toEqual(['api', 'repos/{owner}/{repo}/commits/abc/pulls']);
  });

  test('the same from GitLab', async () => {
    install('glab', JSON.stringify([{ merged_at: '2026-03-01T00:00:00.000Z', target_branch: 'main' }]));
    expect(await mergeTime('glab', folder, 'abc', 'main')).toEqual(new Date('2026-03-01T00:00:00Z'));
    expect(call(1).args).toEqual(['api', 'projects/:id/repository/commits/abc/merge_requests']);
  });

  test.each([
    ['[]'],
    ['{"message": "Not Found"}'],
    ['not JSON'],
    ['[{"merged_at": "soon", "base": {"ref": "main"}}]'],
  ])('nothing, where it answers %s', async (answer) => {
    install('gh', answer);
    expect(await mergeTime('gh', folder, 'abc', 'main')).toBeUndefined();
  });

  test('the open pull request of a branch', async () => {
    install('gh', JSON.stringify([{ html_url: 'https://git.example/pull/7' }]));
    expect(await findPullRequest('gh', folder, 'meshferry/a/pin')).toBe('https://git.example/pull/7');
    expect(call(1).args[1]).toBe('repos/{owner}/{repo}/pulls?state=open&head={owner}:meshferry%2Fa%2Fpin');
  });
});

test('what the program says when it fails is told', async () => {
  install('gh');
  writeFileSync(
    join(folder, 'bin', 'answer-1.error'),
    'To get started with GitHub CLI, please run:  gh auth login\n',
  );
  await expect(openPullRequest('gh', folder, REQUEST)).rejects.toThrow(
    new ForgeError('✖ gh pr create failed: To get started with GitHub CLI, please run:  gh auth login'),
  );
});

describe('one comment', () => {
  const MARKER = '<!-- marker -->';
  const others = (count: number) => Array.from({ length: count }, (_, id) => ({ id, body: 'a remark' }));

  test('is written where there is none, after all pages were looked at', async () => {
    install('gh', JSON.stringify(others(100)), JSON.stringify(others(3)), '{}');
    expect(await putComment('gh', folder, 7, `${MARKER}\nnew`, MARKER)).toBe('written');
    expect(call(1).args).toEqual(['api', 'repos/{owner}/{repo}/issues/7/comments?per_page=100&page=1']);
    expect(call(2).args).toEqual(['api', 'repos/{owner}/{repo}/issues/7/comments?per_page=100&page=2']);
    expect(call(3)).toEqual({
      args: [
        'api',
        '--method',
        'POST',
        'repos/{owner}/{repo}/issues/7/comments',
        '--input',
        '-',
        '--header',
        'Content-Type: application/json',
      ],
      stdin: JSON.stringify({ body: `${MARKER}\nnew` }),
    });
  });

  test.each([
    ['gh', 'PATCH', 'repos/{owner}/{repo}/issues/comments/42'],
    ['glab', 'PUT', 'projects/:id/merge_requests/7/notes/42'],
  ] as const)('is edited where it stands: %s', async (forge, method, address) => {
    install(forge, JSON.stringify([...others(2), { id: 42, body: `${MARKER}\nold` }]), '{}');
    expect(await putComment(forge, folder, 7, `${MARKER}\nnew`, MARKER)).toBe('edited');
    expect(call(2).args.slice(0, 4)).toEqual(['api', '--method', method, address]);
  });
});

test.each([
  ['git@github.com:example/mesh.git', 'gh'],
  ['https://token@github.example.com/mesh.git', 'gh'],
  ['ssh://git@gitlab.example.com:2222/mesh.git', undefined],
  ['https://git.example.com/mesh.git', 'gh'],
  ['/srv/git/mesh.git', undefined],
  ['file:///srv/git/mesh.git', undefined],
])('with gh alone installed, %s is served by %s', async (url, forge) => {
  delete process.env.CI;
  install('gh');
  expect(await findForge(url)).toBe(forge);
});

test('a forge program that is needed and not installed is an error where nobody reads a hint', async () => {
  install('gh');
  const [gitlab, folder] = ['https://gitlab.com/example/mesh.git', '/srv/git/mesh.git'];
  process.env.CI = 'true';
  await expect(findForge(gitlab)).rejects.toThrow(
    '✖ glab is needed to open a pull request, and not installed',
  );
  expect(await findForge(folder)).toBeUndefined();
  delete process.env.CI;
  await expect(findForge(gitlab, 'glab')).rejects.toThrow('✖ glab is not installed here');
});
