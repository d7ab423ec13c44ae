import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../failure';
import { type Desired, desired } from '../join/desired';
import type { MachineFacts } from '../join/machine-facts';
import { type MeshFacts, requestToken } from '../join/mesh-facts';
import { holdsRoots } from '../join/root-cert';
import type { Session } from '../join/session';
import { explainRefusal } from '../kubernetes/explain';
import { claimsOf, isDue } from '../kubernetes/token';
import { changeCapture } from '../machine/capture';
import { run } from '../machine/command';
import { reconnectToIstiod } from '../machine/istiod-connection';
import { isActive, isEnabled, type Machine } from '../machine/machine';
import type { ConfigFiles, Effect } from './change-effect';
import { changedPorts, effectOf, readEnvironment } from './change-effect';

/** Validity of the token with which the machine requests its certificate from istiod, as istioctl sets it. */
const ISTIO_TOKEN_SECONDS = 3600;
const ISTIO_UNIT = 'istio';
const DNS_CAPTURE = 'ISTIO_META_DNS_CAPTURE';

/** What a converge did. */
export interface Converged {
  readonly wanted: Desired;
  readonly effect: Effect | 'start';
  /** Whether the connection to istiod was reset. */
  readonly reconnected: boolean;
}

/**
 * Makes the machine's files match the mesh's facts, and applies them with the smallest disruption: none, a change of
 * capture rules, a new connection to istiod, or a restart of Istio.
 *
 * @param restartIstio receives the restart if one is needed, and calls it between its own steps
 * @throws Failure as {@link desired} does, or `istio-failed`
 */
export async function converge(
  machine: Machine,
  session: Session,
  facts: MeshFacts,
  machineFacts: MachineFacts,
  restartIstio: (restart: () => Promise<void>) => Promise<void> = (restart) => restart(),
): Promise<Converged> {
  const { paths } = machine;
  const wanted = desired(facts, session.config, machineFacts);
  const owner = await istioOwner(machine);
  const before: ConfigFiles = {
    mesh: readIfThere(paths.istio.mesh),
    clusterEnv: readIfThere(paths.istio.clusterEnv),
  };
  const after: ConfigFiles = { mesh: wanted.meshFile, clusterEnv: wanted.clusterEnvFile };

  // Istio removes its capture rules according to the current settings: those for DNS would stay after a change.
  const [dnsBefore, dnsAfter] = [before, after].map(
    (files) => readEnvironment(files.clusterEnv)[DNS_CAPTURE],
  );
  if (before.clusterEnv !== '' && dnsBefore !== dnsAfter && (await isActive(ISTIO_UNIT))) {
    await machine.unit('stop', ISTIO_UNIT);
  }
  machine.writeFile(paths.istio.mesh, wanted.meshFile, { mode: 0o644, owner });
  machine.writeFile(paths.istio.clusterEnv, wanted.clusterEnvFile, { mode: 0o644 });
  machine.keep(paths.istio.sourced);
  // pilot-agent writes this file too, in its own order: it is kept while it holds the same certificates.
  if (!holdsRoots(readIfThere(paths.istio.rootCert), wanted.rootCert)) {
    machine.writeFile(paths.istio.rootCert, wanted.rootCert, { mode: 0o644, owner });
  }
  const hosts = machine.writeHostsEntry(wanted.istiodAddress, wanted.istiodHost);
  await keepIstioToken(machine, session, wanted.serviceAccount);

  if (!(await isEnabled(ISTIO_UNIT))) await machine.unit('enable', ISTIO_UNIT);
  if (!(await isActive(ISTIO_UNIT))) {
    await startIstio(machine, 'start');
    return { wanted, effect: 'start', reconnected: true };
  }
  const effect = effectOf(before, after);
  const captured =
    effect === 'capture' &&
    (machine.dryRun || (await changeCapture(changedPorts(before.clusterEnv, after.clusterEnv))));
  if (effect === 'restart' || (effect === 'capture' && !captured)) {
    await restartIstio(() => startIstio(machine, 'restart'));
    return { wanted, effect: 'restart', reconnected: true };
  }
  if (hosts && !machine.dryRun && !(await reconnectToIstiod())) {
    await restartIstio(() => startIstio(machine, 'restart'));
    return { wanted, effect: 'restart', reconnected: true };
  }
  return { wanted, effect, reconnected: hosts };
}

/** Requests a new token for pilot-agent if there is none, if half of its validity is over, or for another account. */
export async function keepIstioToken(
  machine: Machine,
  session: Session,
  serviceAccount: string,
): Promise<Date | undefined> {
  const { paths, dryRun } = machine;
  const { namespace } = session.config.workloadGroup;
  const now = readIfThere(paths.istio.token).trim();
  const claims = claimsOf(now);
  if (claims?.serviceAccount === serviceAccount && claims.namespace === namespace && !isDue(now))
    return claims.expires;
  if (dryRun) {
    machine.writeSecret(paths.istio.token, '', { mode: 0o600 });
    return undefined;
  }
  const token = await requestToken(session.api, namespace, serviceAccount, ISTIO_TOKEN_SECONDS, [
    'istio-ca',
  ]).catch((error: unknown) => {
    throw explainRefusal(error, `tokens of ${namespace}/${serviceAccount}`, session.token, namespace);
  });
  machine.writeSecret(paths.istio.token, token, { mode: 0o600, owner: await istioOwner(machine) });
  return claimsOf(token)?.expires;
}

async function startIstio(machine: Machine, verb: 'start' | 'restart'): Promise<void> {
  machine.makeFolder(machine.paths.istio.data);
  await machine.giveTo('istio-proxy', machine.paths.istio.owned);
  await machine.unit(verb, ISTIO_UNIT);
}

/** User and group that pilot-agent runs as. */
async function istioOwner(machine: Machine): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([run('id', ['-u', 'istio-proxy']), run('id', ['-g', 'istio-proxy'])]);
  if (uid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  if (machine.dryRun) return { uid: 0, gid: 0 };
  throw new Failure(
    'istio-failed',
    'the user istio-proxy does not exist, though the sidecar is installed',
    'install the package again: meshferry-agent uninstall, then reconcile',
  );
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
