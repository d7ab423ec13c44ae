import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM } from '../../../test/system';
import { CommandError } from '../../lab/run';
import type { Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { type Context, expect, type Scenario } from '../scenario';
import type { Vm } from '../vm';
import type { AgentMachine } from './agent-machine';
import { withMachine } from './agent-walk';

const NAME = 'agent faults';
const { file: FAKETIME = '' } = SYSTEM.faketime;
const ZEROS = '0'.repeat(64);
/** A token whose life was over long ago, signed by nobody. */
const EXPIRED = `e30.${Buffer.from(JSON.stringify({ sub: `system:serviceaccount:${NAMESPACE}:analytics-v0-agent`, iat: 1_699_990_000, exp: 1_700_000_000 })).toString('base64url')}.c2ln`;

/** Something wrong with the machine, and what the agent says to it. */
interface Fault {
  readonly name: string;
  readonly exit: number;
  readonly says: RegExp;
  /** A script that makes it so. */
  readonly make: string;
  /** A script that takes it back. */
  readonly mend: string;
  /** What is run. @default meshferry-agent reconcile */
  readonly run?: string;
}

const SET = 'meshferry-agent set';
const TOKEN = '/etc/meshferry/bearer-token';
const KEEP_TOKEN = `cp -p ${TOKEN} /root/token`;
const MEND_TOKEN = `cp -p /root/token ${TOKEN}`;
const KEEP_CONFIG = 'cp -p /etc/meshferry/agent.yaml /root/agent.yaml';
const MEND_CONFIG = 'cp -p /root/agent.yaml /etc/meshferry/agent.yaml';
const OF_GROUP = `${SET} workload-group ${NAMESPACE} analytics-v0`;

const FAULTS: readonly Fault[] = [
  {
    name: 'wrong token',
    exit: 12,
    says: /it is not a token of Kubernetes/,
    make: `${KEEP_TOKEN}; ${SET} bearer-token wrong`,
    mend: MEND_TOKEN,
  },
  {
    name: 'expired token',
    exit: 12,
    says: /the bearer token expired at 2023-11-14T22:13:20/,
    make: `${KEEP_TOKEN}; ${SET} bearer-token ${EXPIRED}`,
    mend: MEND_TOKEN,
  },
  {
    name: 'no token',
    exit: 12,
    says: /there is no bearer token/,
    make: `mv ${TOKEN} /root/token`,
    mend: MEND_TOKEN,
  },
  {
    name: 'a group that the Role does not name',
    exit: 13,
    says: /may not read WorkloadGroup nothere/,
    make: `${SET} workload-group ${NAMESPACE} nothere`,
    mend: OF_GROUP,
  },
  {
    name: 'wrong namespace',
    exit: 13,
    says: /the token is of namespace smm-demo/,
    make: `${SET} workload-group default analytics-v0`,
    mend: OF_GROUP,
  },
  {
    name: 'unreachable API server',
    exit: 10,
    says: /does not answer: connect ECONNREFUSED/,
    make: `${KEEP_CONFIG}; sed -i s/:6443/:6444/ /etc/meshferry/agent.yaml`,
    mend: MEND_CONFIG,
  },
  {
    name: 'wrong CA',
    exit: 11,
    says: /is not one that the given CA vouches for/,
    make: `cd /etc/meshferry; cp api-server-ca.pem /root/ca.pem; cp /etc/ssl/certs/ISRG_Root_X1.pem api-server-ca.pem`,
    mend: 'cp /root/ca.pem /etc/meshferry/api-server-ca.pem',
  },
  {
    name: 'bad checksum of the package',
    exit: 31,
    says: /has SHA-256 [0-9a-f]{64}, but 0{64} is expected/,
    make: `${KEEP_CONFIG}; ${SET} package http://127.0.0.1:8099/istio-sidecar.deb --sha256 ${ZEROS} --plain-http`,
    mend: MEND_CONFIG,
  },
  {
    name: 'no package there',
    exit: 30,
    says: /HTTP 404/,
    make: `${KEEP_CONFIG}; ${SET} package http://127.0.0.1:8099/nothing.deb --sha256 ${ZEROS} --plain-http`,
    mend: MEND_CONFIG,
  },
  {
    name: 'full disk, before',
    exit: 23,
    says: /\/var\/log has 8 MB left, and 64 MB are needed/,
    make: 'mount -t tmpfs -o size=8m tmpfs /var/log',
    mend: 'umount -l /var/log',
  },
  {
    name: 'full disk, for the download',
    exit: 23,
    says: /and the sidecar's package needs 400 MB/,
    make: 'mkdir -p /var/cache/meshferry; mount -t tmpfs -o size=80m tmpfs /var/cache/meshferry',
    mend: 'umount -l /var/cache/meshferry',
  },
  {
    name: 'read-only /etc',
    exit: 24,
    says: /\/etc is read-only/,
    make: 'mount --bind /etc /etc; mount -o remount,bind,ro /etc',
    mend: 'umount -l /etc',
  },
  {
    name: 'no systemd',
    exit: 20,
    says: /systemd does not run this machine/,
    make: 'mv /usr/bin/systemctl /usr/bin/systemctl.away; printf "#!/bin/sh\\necho offline\\nexit 1\\n" > /usr/bin/systemctl; chmod 755 /usr/bin/systemctl',
    mend: 'mv /usr/bin/systemctl.away /usr/bin/systemctl',
  },
  {
    name: 'unknown distribution',
    exit: 21,
    says: /this distribution \(Plan 9\) is not known/,
    make: 'printf "ID=plan9\\nNAME=\\"Plan 9\\"\\nPRETTY_NAME=\\"Plan 9\\"\\n" > /root/os; mount --bind /root/os /etc/os-release',
    mend: 'umount -l /etc/os-release',
  },
  {
    name: 'another sidecar',
    exit: 25,
    says: /port 15001, which Istio needs, is taken by python3/,
    make: 'systemd-run -q --unit=another python3 -m http.server 15001; sleep 1',
    mend: 'systemctl stop another',
  },
  {
    name: 'a program is missing',
    exit: 22,
    says: /Istio needs sudo, which this machine lacks/,
    make: 'mv /usr/bin/sudo /usr/bin/sudo.away',
    mend: 'mv /usr/bin/sudo.away /usr/bin/sudo',
  },
  {
    name: 'the service is down',
    exit: 28,
    says: /nothing listens on the declared ports: .*http \(8080\)/,
    make: 'systemctl stop analytics',
    mend: 'systemctl start analytics; sleep 1',
  },
  {
    name: 'a declared port that is kept',
    exit: 27,
    says: /declares port 8080 \(http\), which must not be captured/,
    make: `${KEEP_CONFIG}; ${SET} keep-ports 8080`,
    mend: MEND_CONFIG,
  },
  {
    name: 'a container has a declared port published',
    exit: 29,
    says: /a container has the declared port 8080 \(http\) published/,
    // the rules that Docker writes
    make: `iptables -t nat -N DOCKER
      iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:8080`,
    mend: `iptables -t nat -F DOCKER
      iptables -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      iptables -t nat -X DOCKER`,
  },
  {
    name: 'not root',
    exit: 4,
    says: /you are not root/,
    make: 'true',
    mend: 'true',
    run: 'setpriv --reuid 65534 --clear-groups meshferry-agent reconcile',
  },
  {
    name: 'clock an hour ahead',
    exit: 26,
    says: /this machine's clock is 3[56]\d\d s ahead of the API server's/,
    make: 'true',
    mend: 'true',
    run: `env LD_PRELOAD=/root/libfaketime.so.1 FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1 meshferry-agent reconcile`,
  },
  {
    name: 'clock an hour behind',
    exit: 26,
    // a certificate of the last hour is not valid yet by such a clock: that is told first
    says: /this machine's clock is 3[56]\d\d s behind the API server's|by this machine's clock .* certificate is not yet valid/,
    make: 'true',
    mend: 'true',
    run: `env LD_PRELOAD=/root/libfaketime.so.1 FAKETIME=-1h FAKETIME_DONT_FAKE_MONOTONIC=1 meshferry-agent reconcile`,
  },
];

/** What is wrong with a machine is told in one line with the next step, and nothing of the machine is changed. */
export const agentFaults: Scenario = {
  name: NAME,
  system: ['faketime'],
  agent: true,
  play: (context) =>
    withMachine(context, NAME, async ({ vm, machine }) => {
      const { lab, report } = context;
      await lab.run('docker', ['cp', FAKETIME, `${vm.name}:/root/libfaketime.so.1`]);
      await machine.install();
      for (const fault of FAULTS) {
        await report.step(NAME, fault.name, `exit ${fault.exit}, nothing changed`, () => play(vm, fault));
      }
      await report.step(NAME, 'the group is not there', 'exit 14, nothing changed', async () => {
        const group = ['workloadgroup', 'analytics-v0', '-n', NAMESPACE];
        const { apiVersion, kind, metadata, spec } = JSON.parse(
          await lab.kubectl('get', ...group, '-o', 'json'),
        );
        const { name, namespace, labels } = metadata;
        await lab.kubectl('delete', ...group);
        const says = /WorkloadGroup smm-demo\/analytics-v0 does not exist/;
        const said = await play(vm, { name: '', exit: 14, says, make: 'true', mend: 'true' });
        await lab.apply([{ apiVersion, kind, metadata: { name, namespace, labels }, spec }]);
        return said;
      });
      await report.step(
        NAME,
        'a group that steers the start script',
        'exit 16, nothing changed',
        async () => {
          const annotate = (value: string) =>
            lab.kubectl('annotate', '--overwrite', '-n', NAMESPACE, 'workloadgroup/analytics-v0', value);
          await annotate('proxy.istio.io/config=proxyMetadata: { EXEC_USER: root }');
          const says = /proxyMetadata\.EXEC_USER, which is none of the settings of pilot-agent/;
          const said = await play(vm, { name: '', exit: 16, says, make: 'true', mend: 'true' });
          await annotate('proxy.istio.io/config-');
          return said;
        },
      );
      await report.step(NAME, 'two reconciles at once', 'one is told to wait', () => twoAtOnce(context, vm));
      await killed(context, vm, machine);
      await report.step(NAME, 'secrets', 'in two files, and nowhere else', () => secrets(lab, vm));
    }),
};

async function play(
  vm: Vm,
  { exit, says, make, mend, run = 'meshferry-agent reconcile' }: Fault,
): Promise<string> {
  await vm.exec('sh', '-ec', make);
  const before = await traces(vm);
  const { code, text } = await ends(vm, run);
  const after = await traces(vm);
  await vm.exec('sh', '-ec', mend);
  const line = text.split('\n').find((each) => each.includes('✖')) ?? text;
  expect(code === exit, `exit ${code}: ${text}`);
  expect(says.test(text), text);
  expect(text.includes('→'), `no next step: ${text}`);
  expect(before === after, `left: ${after}`);
  return line.trim();
}

/** What a join leaves on a machine: package, user, units, hosts line, capture rules. */
function traces(vm: Vm): Promise<string> {
  const looks = [
    'dpkg -l istio-sidecar 2>/dev/null | tail -n 1',
    'getent passwd istio-proxy',
    'ls /etc/systemd/system/meshferry-agent.service /etc/istio /etc/certs 2>/dev/null',
    'grep meshferry /etc/hosts',
    'iptables-save 2>/dev/null | grep -c ISTIO',
  ];
  return vm.exec('sh', '-c', `(${looks.join('; ')}) || true`);
}

async function ends(
  vm: Vm,
  command: string,
): Promise<{ readonly code: number | null; readonly text: string }> {
  try {
    return { code: 0, text: await vm.exec('sh', '-c', `exec ${command} 2>&1`) };
  } catch (error) {
    if (error instanceof CommandError) return { code: error.code, text: error.output };
    throw error;
  }
}

async function twoAtOnce(_: Context, vm: Vm): Promise<string> {
  const first = ends(vm, 'meshferry-agent reconcile');
  await sleep(700);
  const second = await ends(vm, 'meshferry-agent reconcile');
  const { code, text } = await first;
  expect(
    second.code === 3 && /another command of the agent is at work: reconcile/.test(second.text),
    second.text,
  );
  expect(code === 0, text);
  return (
    second.text
      .split('\n')
      .find((line) => line.includes('✖'))
      ?.trim() ?? ''
  );
}

/** kill -9 at any moment: the next reconcile undoes the interrupted changes, and completes. */
async function killed({ report }: Context, vm: Vm, machine: AgentMachine): Promise<void> {
  for (const seconds of [0.2, 0.6, 1.2, 2, 3]) {
    await report.step(NAME, `kill -9 after ${seconds} s`, 'the next one completes', async () => {
      await machine.agent('uninstall');
      await machine.install();
      await ends(vm, `timeout -s KILL ${seconds} meshferry-agent reconcile`);
      const said = await machine.agent('reconcile');
      expect(said.includes('reconciled host operating system') && (await vm.healthy()) === true, said);
      return said.includes('interrupted') ? 'the interrupted changes are undone; healthy' : 'healthy';
    });
  }
}

/** Looks for the tokens in files and in the journal; they are never given as arguments. */
async function secrets(_: Lab, vm: Vm): Promise<string> {
  const search = `
    for file in /etc/meshferry/bearer-token /var/run/secrets/tokens/istio-token; do
      cut -d. -f3 "$file" | head -c 40 > /dev/shm/part
      stat -L -c '%a %U %n' "$file"
      grep -rlF -f /dev/shm/part /etc /var /run /usr/local /root /tmp 2>/dev/null || true
      journalctl --no-pager -o cat | grep -cF -f /dev/shm/part || true
    done
    rm /dev/shm/part`;
  const said = (await vm.exec('sh', '-c', search)).trim();
  const lines = said.split('\n').filter((line) => !/^\/(root\/token)$/.test(line));
  const modes = lines.filter((line) => /^\d{3,4} /.test(line));
  const found = lines.filter((line) => line.startsWith('/'));
  const allowed = /^\/(etc\/meshferry\/bearer-token|(var\/)?run\/secrets\/tokens\/istio-token)$/;
  expect(modes.length === 2 && modes.every((line) => line.startsWith('600 ')), said);
  expect(found.length > 0 && found.every((line) => allowed.test(line)), said);
  expect(
    lines.filter((line) => /^\d+$/.test(line)).every((line) => line === '0'),
    said,
  );
  return modes.join(', ');
}
