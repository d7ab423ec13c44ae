import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { stringify } from 'yaml';
import { WORKFLOWS } from '../../../cli/init/workflows';
import { run } from '../../lab/run';
import { NAMESPACE } from '../migration';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { AgentMachine } from './agent-machine';

const NAME = 'from the package';
const ROOT = resolve(__dirname, '../../..');
const UNIT = '/usr/lib/systemd/system/meshferry-agent.service';

/**
 * A stranger's first hour: from the packed tarball in an empty folder to a repository whose workflow passes, a machine
 * that joins by the deb, and a pull request that is merged and applied; then the machine leaves.
 */
export const fromPackage: Scenario = {
  name: NAME,
  agent: true,
  async play(context) {
    const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-package-'));
    const project = new Project(context, folder);
    const vm = new Vm(context.lab, { folder, dist: join(project.folder, 'dist') }, 'vm-from-package');
    try {
      await layOut(context, project);
      await joinByPackage(context, project, vm);
      await moveOn(context, project, vm);
      await leave(context, vm);
    } finally {
      await vm.delete();
      await project.clean();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A stranger's repository, and what they type in it. */
class Project {
  readonly folder: string;
  readonly origin: string;
  private readonly env = {
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
    CDK8S_CHECK_UPGRADE: 'false',
  };

  constructor(
    readonly context: Context,
    readonly root: string,
  ) {
    this.folder = join(root, 'mesh');
    this.origin = join(root, 'origin.git');
  }

  /** Runs a line in the repository, with the lab's kubectl on the PATH. */
  run(line: string, cwd = this.folder): Promise<string> {
    return this.context.lab.run('bash', ['-eo', 'pipefail', '-c', line], {
      cwd,
      env: this.env,
      timeout: 600_000,
    });
  }

  /** Applies the layers of the current phase, as a controller does. */
  async apply(): Promise<void> {
    for (const layer of ['vm', 'workload', 'routing'])
      await this.context.lab.kubectl('apply', '-f', join(this.folder, 'dist/analytics', layer));
  }

  async clean(): Promise<void> {
    for (const layer of ['routing', 'workload', 'vm'])
      await this.context.lab
        .kubectl('delete', '--ignore-not-found', '-f', join(this.folder, 'dist/analytics', layer))
        .catch(() => {});
    await this.context.lab.kubectl('delete', 'workloadentries', '--all', '-n', NAMESPACE);
  }
}

async function layOut({ lab, report }: Context, project: Project): Promise<void> {
  const step = (what: string, expected: string, look: () => Promise<string>) =>
    report.step(NAME, what, expected, look);
  await step('npm pack', 'a tarball', async () => {
    const tarball = await run('npm', ['pack', '--silent', '--pack-destination', project.root], { cwd: ROOT });
    return tarball.trim();
  });
  await step('npx meshferry init', 'a repository', async () => {
    const npx =
      'npx --yes --prefer-offline --package="$(ls ./meshferry-*.tgz)" meshferry init mesh --ci github';
    const printed = await project.run(npx, project.root);
    expect(printed.includes('vendor/meshferry-'), printed);
    return 'laid out';
  });
  await step('npm install', 'a lock file', () =>
    project.run('npm install --no-audit --no-fund && ls package-lock.json'),
  );
  await step('npx meshferry discover', 'the facts of the mesh', async () => {
    await project.run('npx meshferry discover --istio 1.30 --write migrations/found.yaml');
    renameSync(join(project.folder, 'migrations/found.yaml'), join(project.folder, 'migrations/mesh.yaml'));
    return readFileSync(join(project.folder, 'migrations/mesh.yaml'), 'utf8').split('\n').length > 1
      ? 'found'
      : 'none';
  });
  await step('declare, render, commit, push', 'pushed', async () => {
    const { name: _, ...declared } = analytics(lab);
    writeFileSync(
      join(project.folder, 'migrations/analytics.yaml'),
      stringify({ ...declared, gate: { soak: '0s' } }),
    );
    await project.run(
      `npm run synth && npm run verify && git init --bare --quiet --initial-branch=main ${project.origin}`,
    );
    await project.run(
      `git init --quiet --initial-branch=main && git add --all && git commit --quiet -m Start && git remote add origin ${project.origin} && git push --quiet -u origin main`,
    );
    return 'pushed';
  });
  await step("the workflow's commands, in a clone", 'pass', async () => {
    await project.run(`git clone --quiet ${project.origin} ci`, project.root);
    const { jobs } = load(WORKFLOWS.github[0]?.text ?? '') as {
      jobs: Record<string, { steps: { run?: string }[] }>;
    };
    // The last one writes a comment by gh.
    const commands = (jobs.verify?.steps ?? []).flatMap(({ run: line }) => line ?? []).slice(0, -1);
    const summary = join(project.root, 'summary');
    const env = `export BASE=main GITHUB_STEP_SUMMARY=${summary}`;
    return (await project.run([env, ...commands].join('\n'), join(project.root, 'ci'))).includes('✔ dist is')
      ? `${commands.length} commands pass`
      : 'not checked';
  });
}

async function joinByPackage({ lab, report }: Context, project: Project, vm: Vm): Promise<void> {
  const machine = new AgentMachine(lab, vm);
  const programs = join(project.root, 'programs');
  await report.step(NAME, 'npx meshferry agent deb', 'a deb', async () => {
    // As `agent build` leaves them; building them again takes minutes.
    cpSync(join(ROOT, 'lib/agent'), programs, { recursive: true });
    return (await project.run(`npx meshferry agent deb --from ${programs}`)).trim();
  });
  await report.step(NAME, 'the phase onboard, applied', 'a machine under systemd', async () => {
    await project.apply();
    await vm.start();
    return vm.name;
  });
  await report.step(NAME, 'dpkg -i', 'installed, and not at work', async () => {
    await install(project, vm, deb(programs, '0.1.0'));
    expect((await state(vm)) === 'disabled inactive', await state(vm));
    return state(vm);
  });
  await report.step(NAME, 'set, reconcile', 'an endpoint, kept by the unit of the package', async () => {
    await machine.configure();
    await vm.script('05-collect');
    await machine.agent('set', 'node-ip', await vm.address());
    await machine.agent('reconcile');
    await vm.serves();
    const path = (await vm.exec('systemctl', 'show', '-P', 'FragmentPath', 'meshferry-agent')).trim();
    // /lib is a link to /usr/lib.
    expect(UNIT.endsWith(path), path);
    expect((await state(vm)) === 'enabled active', await state(vm));
    return 'an endpoint';
  });
  await report.step(NAME, 'an upgrade', 'the new agent at work, Istio untouched', async () => {
    const before = await pids(vm);
    const next = join(project.root, 'next.deb');
    execFileSync('sh', [
      '-c',
      'dpkg-deb -R "$0" "$1" && sed -i "s/^Version: .*/Version: 0.1.1/" "$1/DEBIAN/control" && dpkg-deb -z1 -Zgzip -b "$1" "$2"',
      ...[deb(programs, '0.1.0'), join(project.root, 'unpacked'), next],
    ]);
    await install(project, vm, next);
    const after = await pids(vm);
    expect(before.agent !== after.agent && before.istio === after.istio, JSON.stringify({ before, after }));
    await vm.serves();
    return `agent ${before.agent} → ${after.agent}, Istio ${after.istio}`;
  });
  await report.step(NAME, 'dpkg -r in the mesh', 'refused', async () => {
    const printed = await vm.exec('sh', '-c', 'dpkg -r meshferry-agent 2>&1; echo "exit $?"');
    expect(printed.includes('take it out first') && !printed.includes('exit 0'), printed);
    expect((await state(vm)) === 'enabled active', await state(vm));
    return 'refused';
  });
}

async function moveOn({ report }: Context, project: Project, vm: Vm): Promise<void> {
  await report.step(NAME, 'npx meshferry next', 'a branch, pushed and merged', async () => {
    const printed = await project.run('npx meshferry next analytics --no-cluster');
    const push = /^ {2}(git push \S+ \S+)$/m.exec(printed)?.[1] ?? '';
    expect(push !== '', printed);
    const branch = push.split(' ').at(-1) as string;
    await project.run(
      `${push} && git merge --quiet --no-ff -m "Merge ${branch}" ${branch} && git push --quiet`,
    );
    return `${branch} merged`;
  });
  await report.step(NAME, 'the merge, applied', 'all to the VM', async () => {
    await project.apply();
    await vm.serves();
    const status = await project.run('npx meshferry status analytics');
    expect(/analytics +pin/.test(status), status);
    return status.split('\n')[1] ?? '';
  });
}

async function leave({ report }: Context, vm: Vm): Promise<void> {
  await report.step(NAME, 'uninstall, dpkg -P', 'nothing of it is left', async () => {
    await vm.exec('meshferry-agent', 'uninstall');
    await vm.exec('dpkg', '-P', 'meshferry-agent');
    const left = await vm.exec(
      'sh',
      '-c',
      'ls -d /usr/bin/meshferry-agent /etc/meshferry /var/lib/meshferry /etc/systemd/system/meshferry* 2>/dev/null; systemctl list-unit-files --no-legend "meshferry*" || true',
    );
    expect(left.trim() === '', left);
    return 'nothing';
  });
}

function deb(folder: string, version: string): string {
  return join(folder, `meshferry-agent_${version}_amd64.deb`);
}

async function install({ context }: Project, vm: Vm, file: string): Promise<void> {
  await vm.exec('mkdir', '-p', '/opt/debs');
  await context.lab.run('docker', ['cp', file, `${vm.name}:/opt/debs/${basename(file)}`]);
  await vm.exec('dpkg', '-i', `/opt/debs/${basename(file)}`);
}

/** Whether the unit is enabled, and whether it runs. */
async function state(vm: Vm): Promise<string> {
  const ask = (verb: string) => `systemctl ${verb} meshferry-agent 2>/dev/null || true`;
  return (await vm.exec('sh', '-c', `${ask('is-enabled')}; ${ask('is-active')}`)).trim().replace('\n', ' ');
}

async function pids(vm: Vm): Promise<{ readonly agent: string; readonly istio: string }> {
  const pid = async (unit: string) => (await vm.exec('systemctl', 'show', '-P', 'MainPID', unit)).trim();
  return { agent: await pid('meshferry-agent'), istio: await pid('istio') };
}
