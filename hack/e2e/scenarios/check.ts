import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from '../../../agent/testing/tls';
import { SYSTEM } from '../../../test/system';
import { CommandError } from '../../lab/run';
import type { Lab } from '../lab';
import { NAMESPACE, podsReady } from '../migration';
import { analytics, expect, type Scenario } from '../scenario';
import { SSH_USER, sshFolder } from '../ssh';
import { Vm } from '../vm';
import { withWalk } from '../walk';
import { AgentMachine } from './agent-machine';
import {
  ALIAS,
  type Break,
  type Change,
  CLUSTER_BREAKS,
  EXPIRED,
  MACHINE_BREAKS,
  PLAIN,
} from './check-breaks';

const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');
/** What changed has to reach Envoys and entries. */
const TRIES = 40;
const BETWEEN_MS = 500;
const WHOLE = /^✔ nothing is broken on the way/m;

/** Whatever is broken on the way of a request, the check names it; before and after, it finds nothing. */
const finding = (name: string, breaks: readonly Break[]): Scenario => ({
  name,
  agent: true,
  play: (context) =>
    withWalk(context, name, { ...analytics(context.lab), aliases: [ALIAS] }, async (walk, repository) => {
      const { lab, report } = context;
      await walk.apply('onboard');
      const vm = new Vm(lab, repository, `vm-${name.replaceAll(' ', '-')}`);
      walk.vm = vm;
      await vm.start();
      const machine = new AgentMachine(lab, vm);
      await machine.install();
      await machine.agent('reconcile');
      await walk.apply('shift-50');
      await podsReady(lab);
      await vm.serves();
      await bring(lab, vm, repository.folder);
      const ssh = await sshFolder(lab, vm, join(repository.folder, 'ssh'));
      const destination = `${SSH_USER}@${await vm.address()}`;
      const ask = (options: readonly string[] = ['--ssh', destination]) =>
        meshferry(lab, ['check', 'analytics', ...options], repository.folder, ssh);
      try {
        await report.step(name, 'nothing', 'nothing is broken', () => until(ask, WHOLE));
        for (const one of breaks) {
          await report.step(name, one.name, 'named', async () => {
            const added = one.make.flatMap((each) => ('add' in each ? each.add : []));
            try {
              for (const each of one.make) await change(lab, vm, each);
              return await until(() => ask(one.options), one.says);
            } finally {
              for (const each of one.mend ?? []) await change(lab, vm, each);
              for (const { kind, metadata } of added)
                await lab.kubectl('delete', kind, metadata.name, '-n', NAMESPACE, '--ignore-not-found');
              await lab.apply(repository.objects());
            }
          });
          await until(ask, WHOLE);
        }
        await report.step(name, 'all of it mended', 'nothing is broken', () => until(ask, WHOLE));
      } finally {
        await lab.kubectl('delete', 'pod', PLAIN, '-n', NAMESPACE, '--ignore-not-found', '--wait=false');
      }
    }),
});

export const check = finding('check', CLUSTER_BREAKS);
export const checkMachine = finding('check the machine', MACHINE_BREAKS);

/** A caller without a sidecar, an expired certificate, and a clock that can be wrong. */
async function bring(lab: Lab, vm: Vm, folder: string): Promise<void> {
  await lab.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: PLAIN,
        namespace: NAMESPACE,
        labels: { 'sidecar.istio.io/inject': 'false' },
      },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: PLAIN,
            image: lab.variable('MESHFERRY_LAB_APP_IMAGE'),
            imagePullPolicy: 'Never',
            command: ['sleep', 'infinity'],
          },
        ],
      },
    },
  ]);
  const authority = new Authority();
  const file = join(folder, 'expired.pem');
  writeFileSync(file, authority.issue('IP:127.0.0.1', -1).cert);
  authority.remove();
  await lab.run('docker', ['cp', file, `${vm.name}:${EXPIRED}`]);
  await lab.run('docker', ['cp', SYSTEM.faketime.file ?? '', `${vm.name}:/root/libfaketime.so.1`]);
}

async function change(lab: Lab, vm: Vm, one: Change): Promise<void> {
  if ('kubectl' in one) await lab.kubectl(...one.kubectl);
  else if ('machine' in one) await vm.exec('sh', '-ec', one.machine);
  else await lab.apply([one.add]);
}

/** Asks until the answer fits, and returns the line that does. */
async function until(ask: () => Promise<string>, pattern: RegExp): Promise<string> {
  let text = '';
  for (let tries = 0; tries < TRIES; tries++) {
    text = await ask();
    const line = text.split('\n').find((each) => pattern.test(each));
    if (line !== undefined) return line;
    await sleep(BETWEEN_MS);
  }
  expect(false, text);
  return text;
}

/** Runs the program with the lab's kubectl, and the ssh that reaches its machines. */
async function meshferry(lab: Lab, args: readonly string[], folder: string, ssh: string): Promise<string> {
  try {
    return await lab.run(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { PATH: `${ssh}:${lab.variable('PATH')}` },
    });
  } catch (error) {
    // Something is broken: exit code 3, and the answer on the standard output.
    if (error instanceof CommandError && error.code === 3) return error.output;
    throw error;
  }
}
