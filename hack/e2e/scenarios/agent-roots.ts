import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, type Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { type Context, expect, type Scenario, told } from '../scenario';
import type { Vm } from '../vm';
import { LOADS } from '../walk';
import { at, CLIENT, DetachedLoad, failuresTold, onMachine, under } from './agent-load';
import type { AgentMachine } from './agent-machine';
import { withJoinedMachine } from './agent-walk';

const NAME = 'agent roots';
const MESH = 'istio-system';
const ROOT_ON_MACHINE = '/etc/certs/root-cert.pem';

/** A certificate and its key, PEM. */
interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/**
 * The mesh's root is replaced as Istio's documentation says: first everybody trusts both, then istiod signs with the
 * new one, then the old one is dropped. In the end the lab has its own again.
 */
export const agentRoots: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withJoinedMachine(context, NAME, async ({ vm, machine }) => {
      const { lab } = context;
      const old = await ownAuthority(lab);
      const fresh = newAuthority();
      try {
        await stage(context, vm, 'both roots are trusted', old, [old, fresh]);
        await stage(context, vm, 'istiod signs with the new one', fresh, [old, fresh]);
        await renewals(context, vm, machine, fresh);
        await stage(context, vm, 'the old root is dropped', fresh, [fresh]);
      } finally {
        await restore(lab, old, fresh);
      }
    }),
};

/** Has istiod sign with one authority and everybody trust some, under load, and waits until the machine holds those. */
async function stage(
  { lab, report }: Context,
  vm: Vm,
  what: string,
  signer: Authority,
  trusted: readonly Authority[],
): Promise<void> {
  await report.step(
    NAME,
    what,
    `${trusted.length === 1 ? 'one root' : 'two roots'} on the machine, none fails`,
    async () => {
      const load = await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds: 200 });
      const seconds = await under([load], async () => {
        await sleep(2_000);
        await setAuthorities(lab, signer, trusted);
        await restartIstiod(lab);
        const roots = trusted
          .map(({ certificate }) => body(certificate))
          .sort()
          .join();
        await eventually(
          'the ConfigMap holds them',
          60,
          async () =>
            bodies(await configMap(lab))
              .sort()
              .join() === roots,
        );
        const seconds = await eventually(
          'the machine holds them',
          60,
          async () =>
            bodies(await vm.exec('cat', ROOT_ON_MACHINE))
              .sort()
              .join() === roots,
        );
        await sleep(10_000);
        await vm.exec('ss', '-K', 'dport', '=', '15012');
        await sleep(3_000);
        await eventually(
          'it serves',
          60,
          async () => (await vm.healthy()) === true && (await vm.isEndpoint()),
        );
        await eventually("istiod's new certificate is taken", 60, async () => {
          const stream = await at(
            lab,
            onMachine(vm),
            "curl -s 'localhost:15000/stats?filter=xds-grpc;.upstream_rq_active'",
          );
          return /: 1$/m.test(stream);
        });
        return seconds;
      });
      const totals = await load.end();
      const words = `on the machine ${seconds.toFixed(1)} s after the ConfigMap; ${told(totals)}${failuresTold(totals)}`;
      expect(totals.failed === 0, words);
      return words;
    },
  );
}

/** Everybody gets a certificate of the new authority, without which the old root cannot be dropped. */
async function renewals(
  { lab, report }: Context,
  vm: Vm,
  machine: AgentMachine,
  fresh: Authority,
): Promise<void> {
  await report.step(
    NAME,
    'every workload is restarted',
    'the machine has a certificate of the new root',
    async () => {
      await restartGateways(lab);
      await restartClient(lab);
      await vm.exec('systemctl', 'restart', 'istio');
      // its entry is healthy all the while: it is the certificate that tells when Istio is back
      await eventually('its certificate is of the new root', 60, async () =>
        isOf(fresh, await vm.exec('cat', '/etc/certs/cert-chain.pem')),
      );
      await eventually('it serves', 60, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
      // the agent reads its entry every five seconds
      await eventually('the agent says so', 10, async () => (await machine.metric('healthy')) === 1);
      return 'verified by openssl';
    },
  );
}

/** Whether openssl follows a chain of certificates to an authority. */
function isOf({ certificate }: Authority, chain: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-roots-'));
  const [root, leaf] = [join(folder, 'root.pem'), join(folder, 'chain.pem')];
  try {
    writeFileSync(root, certificate);
    writeFileSync(leaf, chain);
    return spawnSync('openssl', ['verify', '-CAfile', root, leaf]).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lab's own authority again, by the same way back. */
async function restore(lab: Lab, old: Authority, fresh: Authority): Promise<void> {
  await setAuthorities(lab, old, [old, fresh]);
  await restartIstiod(lab);
  await sleep(5_000);
  await restartGateways(lab);
  await restartClient(lab);
  await lab.kubectl('delete', 'secret', 'cacerts', '-n', MESH, '--ignore-not-found');
  await restartIstiod(lab);
}

async function setAuthorities(lab: Lab, signer: Authority, trusted: readonly Authority[]): Promise<void> {
  const roots = trusted.map(({ certificate }) => `${certificate.trim()}\n`).join('');
  await lab.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cacerts', namespace: MESH },
      stringData: {
        'ca-cert.pem': signer.certificate,
        'ca-key.pem': signer.key,
        'cert-chain.pem': signer.certificate,
        'root-cert.pem': roots,
      },
    },
  ]);
}

async function restartIstiod(lab: Lab): Promise<void> {
  await lab.kubectl('rollout', 'restart', 'deployment/istiod', '-n', MESH);
  await lab.kubectl('rollout', 'status', 'deployment/istiod', '-n', MESH, '--timeout=120s');
}

async function restartGateways(lab: Lab): Promise<void> {
  for (const name of ['istio-ingressgateway', 'istio-eastwestgateway']) {
    await lab.kubectl('rollout', 'restart', `deployment/${name}`, '-n', MESH);
    await lab.kubectl('rollout', 'status', `deployment/${name}`, '-n', MESH, '--timeout=120s');
  }
}

async function restartClient(lab: Lab): Promise<void> {
  const pod = JSON.parse(await lab.kubectl('get', 'pod', 'client', '-n', NAMESPACE, '-o', 'json'));
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const applied = JSON.parse(pod.metadata.annotations[annotation]);
  // at once: its Envoy need not drain, and nobody waits for what the node takes to clear up
  await lab.kubectl('delete', 'pod', 'client', '-n', NAMESPACE, '--grace-period=0', '--force');
  await lab.apply([applied]);
  await lab.kubectl('wait', '--for=condition=Ready', 'pod/client', '-n', NAMESPACE, '--timeout=90s');
}

/** The authority that istiod made for itself. */
async function ownAuthority(lab: Lab): Promise<Authority> {
  const { data } = JSON.parse(
    await lab.kubectl('get', 'secret', 'istio-ca-secret', '-n', MESH, '-o', 'json'),
  );
  const text = (key: string) => Buffer.from(data[key], 'base64').toString();
  return { certificate: text('ca-cert.pem'), key: text('ca-key.pem') };
}

function newAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-roots-'));
  try {
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    const subject = ['-subj', '/O=cluster.local/CN=another root', '-days', '30'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject, ...usage],
      {
        stdio: 'ignore',
      },
    );
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    return { certificate: read('cert.pem'), key: read('key.pem') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function configMap(lab: Lab): Promise<string> {
  const path = 'jsonpath={.data.root-cert\\.pem}';
  return lab.kubectl('get', 'configmap', 'istio-ca-root-cert', '-n', NAMESPACE, '-o', path);
}

function body(certificate: string): string {
  return certificate.replace(/-----[A-Z ]+-----|\s/g, '');
}

function bodies(bundle: string): string[] {
  return bundle.split('-----END CERTIFICATE-----').map(body).filter(Boolean);
}
