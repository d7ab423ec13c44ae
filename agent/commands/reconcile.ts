import { randomUUID } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { changeConfig, loadConfig } from '../config-file';
import { Failure, toFailure } from '../failure';
import { AGENT_UNIT, agentUnit } from '../join/agent-unit';
import {
  checkClock,
  checkDisk,
  checkDistribution,
  checkFirewall,
  checkOtherSidecar,
  checkPrograms,
  checkPublishedPorts,
  checkRoot,
  checkService,
  checkSystemd,
} from '../join/checks';
import { desired } from '../join/desired';
import { readMachineFacts } from '../join/machine-facts';
import { entryName, type MeshFacts, readEntry, readFacts } from '../join/mesh-facts';
import { waitForHealth, waitForRegistration } from '../join/registration';
import { Session } from '../join/session';
import { run } from '../machine/command';
import type { Distribution } from '../machine/distribution';
import { admitIstiod } from '../machine/istiod-connection';
import { takeLock } from '../machine/lock';
import { isEnabled, Machine } from '../machine/machine';
import {
  fetchPackage,
  installedVersion,
  installPackage,
  minorOf,
  packageStep,
  packageUrl,
  versionOfFile,
} from '../machine/package';
import type { Paths } from '../paths';
import { staleFields } from '../stay/change-effect';
import { checkConnectivity, sshAnswers } from '../stay/connectivity';
import { converge } from '../stay/converge';
import { replaceEntry } from '../stay/replace-entry';
import type { TaskLines } from './task-lines';

/** Options of a reconcile. */
export interface ReconcileOptions {
  /** Only report the changes. */
  readonly dryRun: boolean;
}

/**
 * Makes the machine a member of the mesh, and of its WorkloadGroup: checks, installs, configures, starts, waits.
 * If a step fails, it undoes all of its changes. A second run finds nothing to do.
 *
 * @returns what was changed, one line each; empty: nothing
 * @throws Failure
 */
export async function reconcile(
  paths: Paths,
  lines: TaskLines,
  { dryRun }: ReconcileOptions,
): Promise<readonly string[]> {
  checkRoot();
  const lock = await takeLock(paths.lock, 'reconcile');
  try {
    const machine = new Machine(paths, {
      dryRun,
      ...(dryRun && { report: (change: string) => lines.would(change) }),
    });
    lines.done('reconciling host operating system');
    if (machine.hasUnfinished && !dryRun) {
      await admitIstiod();
      await machine.undoUnfinished();
      lines.done('the changes of an earlier command that was interrupted are undone');
    }
    await join(machine, lines);
    const { changes } = machine;
    lines.done(
      changes.length > 0
        ? `changes ${dryRun ? 'would be' : 'were'} made to the host operating system`
        : 'no changes were needed on the host operating system',
    );
    lines.done('reconciled host operating system');
    return changes;
  } finally {
    await lock.release();
  }
}

async function join(machine: Machine, lines: TaskLines): Promise<void> {
  const { paths, dryRun } = machine;
  const distribution = await checkHost(paths, lines);
  if (!dryRun && loadConfig(paths.config).uuid === undefined) {
    const { uuid } = changeConfig(paths.config, (config) => ({ ...config, uuid: randomUUID() }));
    lines.done(`uuid not present in config file, new uuid is generated uuid=${uuid}`);
  }
  const session = new Session(paths);
  lines.done(`configuration loaded config=${paths.config}`);

  const facts = await readFacts(session.api, session.config, session.token);
  const clock = checkClock(session.api.lastDate);
  const { namespace, name } = session.config.workloadGroup;
  lines.done('connect-to-mesh', `signed in as ${session.account}, ${clock}`);
  const machineFacts = await readMachineFacts(session);
  await checkPublishedPorts(facts.group);
  const service = await checkService(facts.group, machineFacts.nodeIp);
  lines.done('read-workload-group', `${namespace}/${name}, address ${machineFacts.nodeIp}, ${service}`);
  // Rejects what the group declares before anything is changed.
  desired(facts, session.config, machineFacts);
  // Whether it may read its own entry is known before anything is changed, too.
  await readEntry(session.api, session.config, entryName(facts.group, machineFacts.nodeIp));
  if (!dryRun) await session.keepBearerToken();

  machine.begin();
  try {
    await ensurePackage(machine, session, facts, distribution, lines);
    const ssh = await sshAnswers(machineFacts.nodeIp);
    const started = new Date(Date.now() - (session.api.lastDate ? skew(session) : 0));
    const { effect, wanted } = await converge(machine, session, facts, machineFacts);
    lines.done('configure-sidecar', `istiod is ${wanted.istiodHost} at ${wanted.istiodAddress}`);
    if (dryRun) return ensureAgent(machine);
    if (effect !== 'none') await checkConnectivity(session, ssh ? machineFacts.nodeIp : undefined);

    const entry = entryName(facts.group, machineFacts.nodeIp);
    const fresh = effect === 'start' || effect === 'restart';
    const registered = await waitForRegistration(
      session.api,
      session.config,
      entry,
      fresh ? started : undefined,
    );
    const stale = staleFields(facts.group, registered);
    if (stale.length > 0) {
      machine.changes.push(`replace WorkloadEntry ${entry}: ${stale.join(', ')}`);
      await replaceEntry(session, facts.group, registered, false, async () => {
        await machine.unit('restart', 'istio');
      });
      await waitForRegistration(session.api, session.config, entry);
    }
    lines.done('wait-for-registration', 'workloadentry is registered successfully');
    await ensureAgent(machine);
    await becomeHealthy(machine, session, entry, lines);
    machine.commit();
  } catch (thrown) {
    const failure = cutOffIfStarted(toFailure(thrown), machine);
    if (!dryRun && failure.kind !== 'not-healthy') {
      await machine.undoUnfinished();
      if (machine.changes.length > 0) lines.done('the changes are undone');
    }
    throw failure;
  }
}

async function checkHost(paths: Paths, lines: TaskLines): Promise<Distribution> {
  const systemd = await checkSystemd(paths);
  const distribution = checkDistribution(paths);
  const disk = checkDisk(paths);
  await checkPrograms(distribution);
  const firewall = await checkFirewall();
  await checkOtherSidecar();
  lines.done('check-host', [distribution.name, systemd, firewall, disk].join(', '));
  return distribution;
}

async function ensurePackage(
  machine: Machine,
  { config }: Session,
  facts: MeshFacts,
  distribution: Distribution,
  lines: TaskLines,
): Promise<void> {
  const version = config.package.version ?? facts.injector.tag;
  const installed = await installedVersion(distribution);
  const fits = (found: string) => minorOf(version) === undefined || minorOf(found) === minorOf(version);
  if (installed !== undefined && fits(installed)) {
    return lines.done('install-sidecar', `istio-sidecar ${installed} is installed`);
  }
  if (config.package.url.includes('{version}') && minorOf(version) === undefined) {
    throw new Failure(
      'package',
      `the mesh says its version is "${version}", of which there is no package`,
      'say which version, or where the package is: meshferry-agent set package [<url>] --version <version> --sha256 <hex>',
    );
  }
  const url = packageUrl(config.package, version, distribution);
  const file = machine.dryRun ? '' : await fetchPackage(config.package, url, machine.paths.cache);
  const offered = machine.dryRun ? undefined : await versionOfFile(file, distribution);
  if (offered !== undefined && !fits(offered)) {
    throw new Failure(
      'package',
      `the package at ${url} is istio-sidecar ${offered}, and the mesh is Istio ${version}`,
      'give the package of the version of the mesh: meshferry-agent set package <url> --sha256 <hex>',
    );
  }
  if (!machine.dryRun) {
    const { bavail, bsize } = statfsSync('/usr');
    if (bavail * bsize < 300 << 20) {
      throw new Failure(
        'disk-full',
        'there is no room to install the sidecar: /usr has less than 300 MB left',
        'free some room, then run it again',
      );
    }
  }
  await machine.install(
    `istio-sidecar${offered ? ` ${offered}` : ''} from ${url}`,
    await packageStep(distribution),
    () => installPackage(file, distribution),
  );
  if (!machine.dryRun) lines.done('install-sidecar', `istio-sidecar ${offered ?? version} from ${url}`);
}

/** Enables and starts the unit of the background agent, and writes it first where no package brought it. */
async function ensureAgent(machine: Machine): Promise<void> {
  const { paths } = machine;
  const hasOwn = existsSync(paths.program);
  const isPackaged = !hasOwn && existsSync(paths.packaged.unit);
  const unit = agentUnit(hasOwn ? paths.program : process.execPath, paths);
  const changed = !isPackaged && machine.writeFile(paths.unit, unit, { mode: 0o644 });
  if (changed || !(await isEnabled(AGENT_UNIT))) await machine.unit('enable', AGENT_UNIT);
  // systemd reports "activating" while the unit restarts after a configuration change.
  const state = (await run('systemctl', ['is-active', AGENT_UNIT])).stdout.trim();
  if (changed || !['active', 'activating'].includes(state)) await machine.unit('restart', AGENT_UNIT);
}

async function becomeHealthy(
  machine: Machine,
  session: Session,
  entry: string,
  lines: TaskLines,
): Promise<void> {
  try {
    const standing = await waitForHealth(session.api, session.config, entry);
    if (standing === 'healthy') lines.done('wait-for-health', 'workloadentry is healthy');
  } catch (error) {
    // The machine is registered and its service is not ready: the changes stay.
    if (error instanceof Failure && error.kind === 'not-healthy') machine.commit();
    throw error;
  }
}

/** Milliseconds that this machine's clock is ahead of the API server's, plus the second that a Date header rounds off. */
function skew({ api }: Session): number {
  const clocks = api.lastDate;
  return clocks ? clocks.machine.getTime() - clocks.server.getTime() + 1000 : 0;
}

/** An API server that stops answering after Istio started was reachable before: the change cut the machine off. */
function cutOffIfStarted(failure: Failure, machine: Machine): Failure {
  const started = machine.changes.some((change) => /^(re)?start istio$/.test(change));
  if (failure.kind !== 'unreachable' || !started) return failure;
  return new Failure('cut-off', `with Istio in place, ${failure.message}`, failure.next, { cause: failure });
}
