import { spawnSync } from 'node:child_process';
import { meshferry, workspaces } from '../../test/program';

const workspace = workspaces();

/** A repository with migrations, and what a shell says in it after it has read the script. */
function repository(): string {
  return workspace({
    'migrations/mesh.yaml': '',
    'migrations/analytics.yaml': '',
    'migrations/prod/orders.yaml': '',
  });
}

const scripts = new Map<string, string>();
function script(shell: string): string {
  const known = scripts.get(shell) ?? meshferry(workspace(), ['completion', shell]).stdout;
  scripts.set(shell, known);
  return known;
}

/** Each line that is typed, the last word of it not yet ended, and some of what is offered, and some that is not. */
const TYPED: readonly (readonly [typed: string[], offered: string[], not: string[]])[] = [
  [['ne'], ['next'], ['status']],
  [
    ['next', ''],
    ['analytics', 'prod/orders', '--forge'],
    ['mesh', 'gh'],
  ],
  [
    ['next', '--forge', 'g'],
    ['gh', 'glab'],
    ['none', 'analytics'],
  ],
  [['next', '--dry-run', 'prod'], ['prod/orders'], ['analytics']],
  [['init', '--ci', ''], ['github', 'gitlab'], ['--ci']],
  [['completion', ''], ['bash', 'zsh', 'fish'], ['analytics']],
];

test.each(TYPED)('bash: %j', (typed, offered, not) => {
  const words = ['meshferry', ...typed].map((word) => `'${word}'`).join(' ');
  const program = `${script('bash')}
COMP_WORDS=(${words}) COMP_CWORD=${typed.length}
_meshferry
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], {
    cwd: repository(),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(offered));
  for (const word of not) expect(stdout.split('\n')).not.toContain(word);
});

needing('fish').test.each(TYPED)('fish: %j', (typed, offered, not) => {
  // An option is offered where a word begins with it.
  const [words, dashes] = [offered, offered].map((list, index) =>
    list.filter((word) => word.startsWith('-') === (index === 1)),
  ) as [string[], string[]];
  const ask = (line: string) => {
    const program = `${script('fish')}\ncomplete -C '${line}'`;
    const { stdout } = spawnSync('fish', ['--no-config', '-c', program], {
      cwd: repository(),
      encoding: 'utf8',
    });
    return stdout.split('\n').map((found) => found.split('\t')[0]);
  };
  const found = ask(['meshferry', ...typed].join(' '));
  expect(found).toEqual(expect.arrayContaining(words));
  for (const word of not) expect(found).not.toContain(word);
  if (dashes.length > 0)
    expect(ask(['meshferry', ...typed.slice(0, -1), '--'].join(' '))).toEqual(expect.arrayContaining(dashes));
});

needing('zsh').test('zsh takes the script, and knows the command', () => {
  const program = `autoload -U compinit && compinit -u -D\n${script('zsh')}\nprint -r -- $_comps[meshferry]`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', program], {
    cwd: repository(),
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({
    stdout: expect.stringContaining('_bash_complete'),
    stderr: '',
  });
});
