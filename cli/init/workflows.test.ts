import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { setPhase } from '../../operate/promote/phase-edit';
import { WORKFLOWS } from './workflows';

/**
 * The workflows' own commands, run in a repository that `meshferry init --ci` laid out and that real git clones from a
 * real bare one. Stood in for are npm and npx, since nothing is published here, gh, glab and kubectl, and git's
 * transport over HTTPS, which leads to the bare repository.
 */

const PROGRAM = resolve(__dirname, '../../bin/meshferry.js');
const FILE = 'migrations/analytics.yaml';
const HOUR = 3600;

/** Writes down what it is asked, one file a call, and answers: no comment is there yet, and a pull request is opened. */
const FORGE = `#!/bin/sh
[ "$1" = --version ] && exit 0
{ printf '%s\\n' "$@"; echo ---; [ "$1 $2" = 'mr create' ] || cat; } > "$(mktemp "$CALLS/XXXXXX")"
case "$*" in
  *per_page*) echo '[]' ;;
  *create*) echo https://forge.example/pull/7 ;;
esac
`;

/** A helper of git's for https, which speaks to a folder. */
const HTTPS = `#!/bin/sh
while read -r line; do
  case $line in
    capabilities) printf 'connect\\n\\n' ;;
    connect*) echo; exec git "\${line#connect git-}" "$ORIGIN" ;;
  esac
done
`;

let root: string;
let clone: string;
let env: NodeJS.ProcessEnv;

function executable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: clone, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function meshferry(...args: string[]): string {
  return execFileSync(process.execPath, [PROGRAM, ...args], { cwd: clone, env, encoding: 'utf8' });
}

type Forge = 'github' | 'gitlab';

/** Works in a folder from now on: in its clone, with its stand-ins on the PATH. */
function enter(folder: string): void {
  root = folder;
  clone = join(root, 'mesh');
  env = {
    PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
    HOME: root,
    CALLS: join(root, 'calls'),
    CLUSTER: join(root, 'cluster'),
    ORIGIN: join(root, 'origin.git'),
    GIT_EXEC_PATH: join(root, 'exec'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
    CI: 'true',
  };
}

function layOut(forge: Forge): void {
  const [bin, exec] = [join(root, 'bin'), join(root, 'exec')];
  for (const folder of [clone, bin, exec, join(root, 'calls')]) mkdirSync(folder);
  const gits = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  for (const name of readdirSync(gits)) {
    if (name !== 'git-remote-https') symlinkSync(join(gits, name), join(exec, name));
  }
  executable(join(exec, 'git-remote-https'), HTTPS);
  executable(join(bin, 'npm'), '#!/bin/sh\nexit 0\n');
  executable(join(bin, 'npx'), `#!/bin/sh\nshift\nexec ${process.execPath} ${PROGRAM} "$@"\n`);
  executable(join(bin, 'kubectl'), '#!/bin/sh\ncat "$CLUSTER"\n');
  executable(join(bin, forge === 'github' ? 'gh' : 'glab'), FORGE);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', env.ORIGIN ?? ''], { env });
  meshferry('init', '--ci', forge);
  const installed = join(clone, 'node_modules/meshferry');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{"name": "meshferry", "main": "index.ts"}');
  const library = JSON.stringify(resolve(__dirname, '../../index'));
  writeFileSync(join(installed, 'index.ts'), `export * from ${library};\n`);
  meshferry('synth');
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', `https://${forge}.com/example/mesh.git`);
  git('add', '--all');
  const past = `${Math.floor(Date.now() / 1000) - HOUR} +0000`;
  env.GIT_COMMITTER_DATE = past; // long enough ago for any soak
  git('commit', '--quiet', '-m', 'Start');
  delete env.GIT_COMMITTER_DATE;
  git('push', '--quiet', 'origin', 'main');
  git('fetch', '--quiet', 'origin');
}

/** A repository of each forge, laid out once. Each test gets a copy. */
const laidOut = new Map<Forge, string>();
const folders: string[] = [];

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-ci-')));
  folders.push(made);
  return made;
}

function start(forge: Forge): void {
  if (!laidOut.has(forge)) {
    laidOut.set(forge, folder());
    enter(laidOut.get(forge) as string);
    layOut(forge);
  }
  const copy = folder();
  cpSync(laidOut.get(forge) as string, copy, { recursive: true, verbatimSymlinks: true });
  enter(copy);
}

afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

interface Step {
  readonly run?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface GitHubWorkflow {
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

type GitLabJobs = Readonly<Record<string, { readonly before_script?: string[]; readonly script: string[] }>>;

const IMAGE = `registry.example/ci@sha256:${'0'.repeat(64)}`;

/** Commands of a job as its file has them, and the variables that the forge would set. */
const JOBS = {
  github: {
    verify: () => ({ lines: steps(0, 'verify'), env: { BASE: 'main', NUMBER: '7' } }),
    walk: () => ({ lines: steps(1, 'next'), env: {} }),
  },
  gitlab: {
    verify: () => ({
      lines: script('meshferry'),
      env: {
        MESHFERRY_IMAGE: IMAGE,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
        CI_MERGE_REQUEST_IID: '7',
        GITLAB_TOKEN: 'secret',
      },
    }),
    walk: () => ({
      lines: script('meshferry walk'),
      env: {
        MESHFERRY_IMAGE: IMAGE,
        CI_SERVER_HOST: 'gitlab.com',
        CI_PROJECT_PATH: 'example/mesh',
        GITLAB_TOKEN: 'secret',
      },
    }),
  },
} as const;

function github(file: number): GitHubWorkflow {
  return load(WORKFLOWS.github[file]?.text ?? '') as GitHubWorkflow;
}

/** Each step's commands, run by the shell that GitHub runs them by: only one that is asked for has pipefail. */
function steps(file: number, job: string): string[] {
  const { defaults, jobs } = github(file);
  const shell = defaults?.run?.shell === 'bash' ? 'bash --noprofile --norc -eo pipefail' : 'bash -e';
  return (jobs[job]?.steps ?? []).flatMap(({ run }, index) =>
    run === undefined ? [] : [`${shell} <<'STEP_${index}'\n${run}\nSTEP_${index}`],
  );
}

/** GitLab's runner sets pipefail in bash. */
function script(job: string): string[] {
  const jobs = load(WORKFLOWS.gitlab[0]?.text ?? '') as GitLabJobs;
  return ['set -o pipefail', ...(jobs.default?.before_script ?? []), ...(jobs[job]?.script ?? [])];
}

function run(job: { readonly lines: readonly string[]; readonly env: object }): string {
  expect(job.lines.length).toBeGreaterThan(1);
  const summary = { GITHUB_STEP_SUMMARY: join(root, 'summary') };
  return execFileSync('bash', ['-c', ['set -e', ...job.lines].join('\n')], {
    cwd: clone,
    env: { ...env, ...summary, ...job.env },
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

/** What the forge's program was asked, in any order. */
function calls(): string[] {
  return readdirSync(join(root, 'calls')).map((name) => readFileSync(join(root, 'calls', name), 'utf8'));
}

function change(phase: string): void {
  git('switch', '--quiet', '-c', 'change');
  writeFileSync(join(clone, FILE), setPhase(readFileSync(join(clone, FILE), 'utf8'), phase));
}

describe.each(['github', 'gitlab'] as const)('%s: each pull request', (forge) => {
  beforeEach(() => start(forge));
  const { verify } = JOBS[forge];

  test('a change whose rendering is committed passes, and a comment tells what it does', () => {
    change('pin');
    meshferry('synth');
    git('add', '--all');
    git('commit', '--quiet', '-m', 'Change');
    expect(run(verify())).toContain('`+` `VirtualService default/analytics`');
    const written = calls().filter((call) => call.includes('POST'));
    expect(written).toHaveLength(1);
    expect(written[0]).toContain(
      { github: 'repos/{owner}/{repo}/issues/7/comments', gitlab: 'projects/:id/merge_requests/7/notes' }[
        forge
      ],
    );
    const { body } = JSON.parse(written[0]?.split('\n---\n')[1] ?? '');
    expect(body).toContain('`+` `VirtualService default/analytics`');
    expect(git('status', '--porcelain')).toBe('');
  });

  test('a change whose rendering is not committed is refused', () => {
    change('pin');
    git('commit', '--quiet', '-am', 'Change');
    expect(() => run(verify())).toThrow(
      expect.objectContaining({
        status: 1,
        stdout: expect.stringContaining('not what the sources render'),
      }),
    );
    expect(calls()).toEqual([]);
  });

  test('a rendering that is changed by hand is refused', () => {
    change('onboard');
    const path = join(clone, 'dist/analytics/routing/manifests.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('maxEjectionPercent: 50', 'maxEjectionPercent: 51'));
    expect(readFileSync(path, 'utf8')).not.toBe(text);
    git('commit', '--quiet', '-am', 'Change');
    expect(() => run(verify())).toThrow(
      expect.objectContaining({
        status: 1,
        stdout: expect.stringContaining('analytics/routing/manifests.yaml'),
      }),
    );
  });
});

test('GitHub: a diff that fails is a failure, though its output goes on through a pipe', () => {
  start('github');
  change('onboard');
  git('update-ref', '-d', 'refs/remotes/origin/main');
  expect(() => run(JOBS.github.verify())).toThrow(expect.objectContaining({ status: 2 }));
});

describe.each(['github', 'gitlab'] as const)('%s: the scheduled walk', (forge) => {
  beforeEach(() => start(forge));
  const { walk } = JOBS[forge];
  const created = () => calls().filter((call) => /^[pm]r\ncreate\n/.test(call));
  const proposals = () => git('ls-remote', 'origin', 'refs/heads/meshferry/*');

  /** A cluster where all is as in git, and the machine serves or does not. */
  function cluster(healthy: 'True' | 'False'): void {
    const entry = {
      kind: 'WorkloadEntry',
      metadata: {
        name: 'analytics-v0-10.0.0.5',
        namespace: 'default',
        annotations: { 'istio.io/autoRegistrationGroup': 'analytics-v0' },
      },
      status: { conditions: [{ type: 'Healthy', status: healthy }] },
    };
    const routes = loadAll(readFileSync(join(clone, 'dist/analytics/routing/manifests.yaml'), 'utf8'));
    writeFileSync(env.CLUSTER ?? '', JSON.stringify({ items: [...routes, entry] }));
  }

  test('proposes what its gate lets pass, once', () => {
    cluster('True');
    expect(run(walk())).toContain('analytics: onboard → pin: https://forge.example/pull/7');
    expect(proposals()).toMatch(/\trefs\/heads\/meshferry\/analytics\/pin$/);
    const [opened = '', ...more] = created();
    expect(more).toEqual([]);
    expect(opened).toContain('meshferry/analytics/pin\n');
    expect(opened).toMatch(/### Gate of `?onboard`?: GO/);
    expect(calls().join()).not.toContain('secret');
    expect(run(walk())).toBe('');
    expect(created()).toHaveLength(1);
  });

  test('fails where the program that opens pull requests is not there, and pushes nothing', () => {
    cluster('True');
    rmSync(join(root, 'bin', { github: 'gh', gitlab: 'glab' }[forge]));
    expect(() => run(walk())).toThrow(
      expect.objectContaining({ status: 1, stderr: expect.stringContaining('is not installed here') }),
    );
    expect(proposals()).toBe('');
  });

  test('holds its token where only git asks for it', () => {
    const token = { github: { GH_TOKEN: 'secret' }, gitlab: {} }[forge];
    cluster('True');
    run({ ...walk(), env: { ...walk().env, ...token } });
    const config = readFileSync(join(clone, '.git/config'), 'utf8');
    expect(config).not.toContain('secret');
    const asked = execFileSync('git', ['credential', 'fill'], {
      cwd: clone,
      env: { ...env, ...walk().env, ...token },
      input: `protocol=https\nhost=${forge}.com\n\n`,
      encoding: 'utf8',
    });
    expect(asked).toContain('password=secret\n');
  });

  test('proposes nothing where a gate says no, and fails, so that a person looks', () => {
    cluster('False');
    expect(() => run(walk())).toThrow(
      expect.objectContaining({
        status: 3,
        stderr: expect.stringContaining('HALT onboard: VM: analytics-v0-10.0.0.5 is not Healthy'),
      }),
    );
    expect(proposals()).toBe('');
  });

  test('proposes nothing where a FREEZE file lies', () => {
    cluster('True');
    writeFileSync(join(clone, 'migrations/FREEZE'), 'the sale\n');
    git('add', '--all');
    git('commit', '--quiet', '-m', 'Freeze');
    git('push', '--quiet', 'origin', 'main');
    expect(run(walk())).toBe('');
    expect(proposals()).toBe('');
    expect(existsSync(join(clone, 'migrations/FREEZE'))).toBe(true);
  });
});

test('every workflow is YAML, pins what it uses, runs no scripts of packages, and grants nothing by default', () => {
  for (const { text } of [...WORKFLOWS.github, ...WORKFLOWS.gitlab]) {
    expect(load(text)).toBeInstanceOf(Object);
    for (const [, options] of text.matchAll(/npm ci(.*)/g)) expect(options).toBe(' --ignore-scripts');
    // Where a token stands, it is a variable's value or what git's helper prints.
    for (const line of text.split('\n').filter((line) => /\$\{?\w*TOKEN/.test(line)))
      expect(line).toMatch(/credential\.helper '!f\(\) \{|\[ -n "\$GITLAB_TOKEN" \]/);
  }
  for (const [index, { text }] of WORKFLOWS.github.entries()) {
    expect(load(text)).toHaveProperty('permissions', {});
    for (const [, reference] of text.matchAll(/uses: \S+@(\S+)/g))
      expect(reference).toMatch(/^[0-9a-f]{40}$/);
    const uses = Object.values(github(index).jobs).flatMap(({ steps }) => steps);
    for (const step of uses.filter((step) => step.uses?.startsWith('actions/checkout@')))
      expect(step.with).toMatchObject({ 'persist-credentials': false });
  }
});

test('GitLab: an image without a digest is refused before anything is installed', () => {
  const { before_script: lines = [] } = (load(WORKFLOWS.gitlab[0]?.text ?? '') as GitLabJobs).default ?? {};
  const run = (image: string) =>
    spawnSync('bash', ['--norc', '-ec', lines[0] ?? ''], {
      env: { MESHFERRY_IMAGE: image },
      encoding: 'utf8',
    });
  expect(run('node:24')).toMatchObject({ status: 1, stderr: 'MESHFERRY_IMAGE names no digest\n' });
  expect(run(IMAGE)).toMatchObject({ status: 0 });
  expect(lines.slice(1)).toEqual(['npm ci --ignore-scripts']);
});
