import { join } from 'node:path';
import { analytics, expect, type Scenario } from '../scenario';
import { SSH_USER, sshFolder } from '../ssh';
import { Vm } from '../vm';
import { withWalk } from '../walk';

const NAME = 'over ssh';

/** The same scripts, with a machine that is reached by ssh and by nothing else. */
export const overSsh: Scenario = {
  name: NAME,
  system: ['ssh'],
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      const vm = new Vm(lab, repository, 'vm-over-ssh');
      walk.vm = vm;
      await walk.apply('onboard');
      await vm.script('02-start-vm');
      const path = await sshFolder(lab, vm, join(repository.folder, 'ssh'));
      const target = `ssh:${SSH_USER}@${await vm.address()}`;
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
