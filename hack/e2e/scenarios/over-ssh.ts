import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../../text/shell';
import { run } from '../../lab/run';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { withWalk } from '../walk';

const NAME = 'over ssh';

/** The same scripts, with a machine that is reached by ssh and by nothing else. */
export const overSsh: Scenario = {
  name: NAME,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      const vm = new Vm(lab, repository, 'vm-over-ssh');
      walk.vm = vm;
      await walk.apply('onboard');
      await vm.script('02-start-vm');
      const path = await sshConfig(context, vm, join(repository.folder, 'ssh'));
      const target = `ssh:mover@${await vm.address()}`;
      const script = (name: string, expected: string, ...options: string[]) =>
        report.step(NAME, `hack/${name}.sh`, expected, async () => {
          const printed = await lab.run(
            join(__dirname, `../../${name}.sh`),
            ['--dist', repository.dist, '--vm', target, ...options],
            {
              env: {
                MESHFERRY_STATE: join(repository.folder, 'state'),
                PATH: `${path}:${lab.variable('PATH')}`,
              },
            },
          );
          expect(printed.includes(expected), printed);
          return (
            printed
              .split('\n')
              .filter((line) => line.startsWith('✓'))
              .at(-1) ?? ''
          );
        });
      await script('02-start-vm', 'systemd runs');
      await script('03-install-service', 'answers on port 8080', '--exec', '/usr/local/bin/serve');
      await script('05-collect', 'a token of smm-demo/default');
      await script('06-join-by-hand', 'healthy');
      await script('07-check', 'reached');
      await script('09-delete-vm', 'gone from the mesh');
    }),
};

/** A user who may sudo, a key for them, and an `ssh` on a PATH of its own that uses it from within the lab's network. */
async function sshConfig({ lab }: Context, vm: Vm, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const setUp = [
    'useradd -m -s /bin/bash mover',
    'echo "mover ALL=NOPASSWD:ALL" > /etc/sudoers.d/mover',
    `install -d -m 0700 -o mover /home/mover/.ssh`,
    `echo ${shellWord(publicKey)} > /home/mover/.ssh/authorized_keys`,
    'chown mover /home/mover/.ssh/authorized_keys',
  ];
  await vm.exec('sh', '-ec', setUp.join('\n'));
  const options = [
    '-i',
    key,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const command = lab
    .inside(['/usr/bin/ssh', ...options]) // by its path: this file itself is the first `ssh` on the PATH
    .map(shellWord)
    .join(' ');
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return folder;
}
