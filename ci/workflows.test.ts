import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { renderMigrations } from '../output';
import { setPhase } from '../promote/phase-edit';
import { declared, TestRepository } from '../promote/testing';
import { WORKFLOWS } from './workflows';

/** The workflows' own commands, run in a repository; npm and npx are stood in for, since nothing is published here. */

jest.setTimeout(120_000);

let repository: TestRepository;
beforeEach(() => {
  repository = new TestRepository({ 'shop.yaml': declared('shift-10') });
  const bin = join(repository.root, 'bin');
  mkdirSync(bin);
  const program = resolve(__dirname, '../bin/meshferry.js');
  const scripts = { npm: 'exit 0', npx: `shift\nexec ${process.execPath} ${program} "$@"` };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env.PATH = `${bin}:${process.env.PATH}`;
  repository.git('switch', '--quiet', '-c', 'change');
});
afterEach(() => repository.remove());

interface Step {
  readonly run?: string;
  readonly if?: string;
}

const github = () => {
  const workflow = load(WORKFLOWS.github[0]?.text ?? '') as { jobs: { verify: { steps: Step[] } } };
  const steps = workflow.jobs.verify.steps.filter((step) => step.run && !step.if);
  return {
    lines: steps.map(({ run = '' }) => run),
    env: { BASE: 'main', GITHUB_STEP_SUMMARY: join(repository.root, 'summary') },
  };
};
const gitlab = () => {
  const { meshferry } = load(WORKFLOWS.gitlab[0]?.text ?? '') as { meshferry: { script: string[] } };
  return { lines: meshferry.script, env: { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' } };
};

function run({
  lines,
  env,
}: {
  readonly lines: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): string {
  const script = ['set -eo pipefail', ...lines].join('\n');
  return execFileSync('bash', ['-c', script], {
    cwd: repository.clone,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

describe.each([
  ['GitHub', github],
  ['GitLab', gitlab],
] as const)('%s', (_, workflow) => {
  test('a change whose rendering is committed passes, and what it does is told', () => {
    repository.write('migrations/shop.yaml', setPhase(repository.read('migrations/shop.yaml'), 'shift-25'));
    renderMigrations();
    repository.git('commit', '--quiet', '-am', 'Change');
    expect(run(workflow())).toContain('`spec.http[0].route[v1].weight` `10` → `25`');
  });

  test('a change whose rendering is not committed is refused', () => {
    repository.write('migrations/shop.yaml', setPhase(repository.read('migrations/shop.yaml'), 'shift-25'));
    repository.git('commit', '--quiet', '-am', 'Change');
    expect(() => run(workflow())).toThrow(
      expect.objectContaining({ stdout: expect.stringContaining('dist is not what the sources render') }),
    );
  });

  test('a rendering that is changed by hand is refused', () => {
    const path = 'dist/shop/routing/manifests.yaml';
    repository.write(
      path,
      repository.read(path).replaceAll('weight: 90', 'weight: 80').replaceAll('weight: 10', 'weight: 20'),
    );
    repository.git('commit', '--quiet', '-am', 'Change');
    expect(() => run(workflow())).toThrow(expect.objectContaining({ status: 1 }));
  });
});

test('every workflow is YAML, pins what it uses, and grants nothing by default', () => {
  for (const { text } of [...WORKFLOWS.github, ...WORKFLOWS.gitlab])
    expect(load(text)).toBeInstanceOf(Object);
  for (const { text } of WORKFLOWS.github) {
    expect(load(text)).toHaveProperty('permissions', {});
    for (const [, reference] of text.matchAll(/uses: \S+@(\S+)/g))
      expect(reference).toMatch(/^[0-9a-f]{40}$/);
  }
});
