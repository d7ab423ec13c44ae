import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../failure';
import { readMachineFacts } from '../join/machine-facts';
import { entryName, readFacts } from '../join/mesh-facts';
import { standingOf } from '../join/registration';
import type { WorkloadEntry } from '../kubernetes/objects';
import { claimsOf } from '../kubernetes/token';
import { localAddresses } from '../machine/addresses';
import { certificateEnd } from '../machine/certificate';
import { run } from '../machine/command';
import { holdsStream, isEnvoyReady } from '../machine/envoy';
import { admitIstiod, reconnectToIstiod } from '../machine/istiod-connection';
import { takeLock } from '../machine/lock';
import { isActive, Machine } from '../machine/machine';
import { staleFields } from './change-effect';
import { checkConnectivity } from './connectivity';
import { converge, keepIstioToken } from './converge';
import { retireIstio } from './drain';
import type { Keeper } from './keeper';
import type { MachineAction } from './keeper-action';
import { replaceEntry } from './replace-entry';
import { rotateLogs } from './rotate-logs';

/** Carries out a decision, and dispatches its outcome. */
export async function perform(keeper: Keeper, action: MachineAction): Promise<void> {
  switch (action.do) {
    case 'inspect':
      return inspect(keeper);
    case 'converge':
      return followMesh(keeper, action.why);
    case 'replace-entry':
      return followGroup(keeper, action);
    case 'reconnect':
      return reconnect(keeper, action.entry);
    case 'ask-istiod':
      await reconnectToIstiod();
      return;
    case 'observe-istiod': {
      const view = { holdsStream: await holdsStream(), isReady: await isEnvoyReady() };
      return keeper.dispatch({ type: 'istio-observed', view });
    }
    case 'retire': {
      const refused =
        "the API server no longer knows this machine's account, and istiod does not accept it: ";
      const reason = action.because === 'refused' ? refused : '';
      return retireIstio(`${reason}${keeper.groupName} is retired`, keeper.lines);
    }
  }
}

/** The machine's own side: tokens, logs, and whether Istio runs. */
async function inspect(keeper: Keeper): Promise<void> {
  const { paths, session, counters, lines } = keeper;
  const rotated = await rotateLogs(paths.istio.logs);
  if (rotated.length > 0) lines.info(`rotated ${rotated.join(', ')}`);
  counters.certificateExpires = certificateEnd(paths.istio.certChain);
  const istioToken = existsSync(paths.istio.token) ? readFileSync(paths.istio.token, 'utf8') : '';
  counters.istioTokenExpires = claimsOf(istioToken)?.expires;
  counters.bearerTokenExpires = claimsOf(session.token)?.expires;
  const { connected, retired, group } = keeper.state;
  if (!connected || retired || !group) return;
  const before = session.token;
  counters.bearerTokenExpires = await session.keepBearerToken();
  if (session.token !== before) {
    lines.info(`its own token is renewed, until ${counters.bearerTokenExpires?.toISOString()}`);
  }
  if (!(await isActive('istio'))) keeper.dispatch({ type: 'changed', why: 'Istio does not run' });
  else if (keeper.state.knowsMachine) {
    const machine = new Machine(paths, { dryRun: false });
    const account = group.spec.template?.serviceAccount || 'default';
    counters.istioTokenExpires = await keepIstioToken(machine, session, account);
  }
}

/** Makes the machine match the mesh. */
async function followMesh(keeper: Keeper, why: string): Promise<void> {
  const { session, counters, lines } = keeper;
  await changeMachine(keeper, why, async (machine) => {
    const facts = await readFacts(session.api, session.config, session.token);
    const addresses = localAddresses();
    const local = await readMachineFacts(session);
    keeper.dispatch({ type: 'facts-read', addresses });
    const name = entryName(facts.group, local.nodeIp);
    let replaced = false;
    const { effect, reconnected } = await converge(machine, session, facts, local, async (restart) => {
      const { entry } = keeper.state;
      if (entry?.metadata.name !== name || staleFields(facts.group, entry).length === 0) return restart();
      // One restart for both: for the files, and for the entry, which has to be registered again.
      const way = await replaceEntry(session, facts.group, entry, true, restart);
      replaced = true;
      lines.info(`WorkloadEntry ${name} is ${way}`);
    });
    const restarted = effect === 'start' || effect === 'restart';
    if (restarted) counters.restarts++;
    else if (reconnected) counters.reconnects++;
    if (effect === 'restart') await checkConnectivity(session);
    keeper.dispatch({ type: 'converged', entryName: name, restarted, replaced });
  });
  counters.lastReconcile = new Date();
}

/** Makes the entry match its group. */
async function followGroup(
  keeper: Keeper,
  { group, entry, stale }: MachineAction & { do: 'replace-entry' },
): Promise<void> {
  const lock = await takeLock(keeper.paths.lock, 'run');
  try {
    keeper.lines.info(`WorkloadEntry ${entry.metadata.name} is outdated: ${stale.join(', ')}`);
    const way = await replaceEntry(keeper.session, group, entry, false, () => restartIstio(keeper));
    keeper.lines.info(`WorkloadEntry ${entry.metadata.name} is ${way}`);
    keeper.dispatch({ type: 'entry-replaced' });
  } finally {
    await lock.release();
  }
}

/** Resets the connection, so that istiod registers the machine and its health again. */
async function reconnect(keeper: Keeper, entry: WorkloadEntry | undefined): Promise<void> {
  keeper.lines.info(
    `the machine is ${standingOf(entry)} in ${keeper.groupName}: the connection to istiod is reset`,
  );
  keeper.counters.reconnects++;
  if (!(await reconnectToIstiod())) await restartIstio(keeper);
  keeper.dispatch({ type: 'reconnected' });
}

async function restartIstio({ counters }: Keeper): Promise<void> {
  counters.restarts++;
  await run('systemctl', ['restart', 'istio']);
}

/** Changes the machine under the lock, so that all of the changes stay or none. */
async function changeMachine(
  { paths, counters, lines }: Keeper,
  why: string,
  change: (machine: Machine) => Promise<void>,
): Promise<void> {
  const lock = await takeLock(paths.lock, 'run');
  try {
    const machine = new Machine(paths, {
      dryRun: false,
      report: (line) => lines.info(`${line} (${why})`),
    });
    if (machine.hasUnfinished) {
      await admitIstiod();
      await machine.undoUnfinished();
    }
    machine.begin();
    try {
      await change(machine);
      machine.commit();
      counters.changes += machine.changes.length;
    } catch (error) {
      await machine.undoUnfinished();
      if (error instanceof Failure && error.kind === 'cut-off') lines.error('the changes are undone');
      throw error;
    }
  } finally {
    await lock.release();
  }
}
