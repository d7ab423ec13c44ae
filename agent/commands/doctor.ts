import { loadConfig } from '../config-file';
import { Failure, toFailure } from '../failure';
import * as checks from '../join/checks';
import { desired } from '../join/desired';
import { checkCapture, checkCertificate, outgoingConnections } from '../join/joined-checks';
import { type MachineFacts, readMachineFacts } from '../join/machine-facts';
import { entryName, type MeshFacts, readEntry, readFacts } from '../join/mesh-facts';
import { serves, standingOf } from '../join/registration';
import { Session } from '../join/session';
import { listens } from '../machine/addresses';
import { isActive } from '../machine/machine';
import type { Paths } from '../paths';

/** What one check found. */
export interface Finding {
  readonly check: string;
  /** What it found, if the check passed. */
  readonly detail?: string;
  /** What is wrong and what to do, if it failed. */
  readonly failure?: Failure;
  /** The addresses that the check is about. */
  readonly addresses?: readonly string[];
}

/** Runs every check, in the order in which they depend on each other. Checks whose dependency failed are left out. */
export async function examine(paths: Paths): Promise<Finding[]> {
  const findings: Finding[] = [];
  const check = async <T>(
    name: string,
    look: () => T | Promise<T>,
    detail?: (seen: T) => string,
  ): Promise<T | undefined> => {
    try {
      const seen = await look();
      findings.push({ check: name, detail: detail ? detail(seen) : String(seen ?? 'well') });
      return seen;
    } catch (thrown) {
      findings.push({ check: name, failure: toFailure(thrown) });
      return undefined;
    }
  };
  await check('root', checks.checkRoot);
  await check('systemd', () => checks.checkSystemd(paths));
  const distribution = await check(
    'distribution',
    () => checks.checkDistribution(paths),
    ({ name }) => name,
  );
  if (distribution) await check('programs', () => checks.checkPrograms(distribution));
  await check('firewall', checks.checkFirewall);
  await check('disk', () => checks.checkDisk(paths));
  await check('ports', checks.checkOtherSidecar);
  await check(
    'configuration',
    () => loadConfig(paths.config),
    () => paths.config,
  );
  const session = await check(
    'sign-in',
    () => new Session(paths),
    ({ account }) => account,
  );
  if (!session) return findings;
  const facts = await check(
    'mesh',
    () => readFacts(session.api, session.config, session.token),
    ({ istiodAddress }) => `istiod is at ${istiodAddress}`,
  );
  await check('clock', () => checks.checkClock(session.api.lastDate));
  if (!facts) return findings;
  const machine = await check(
    'address',
    () => readMachineFacts(session),
    ({ nodeIp, external }) => `${nodeIp}${external ? ', on none of the interfaces' : ''}`,
  );
  if (!machine) return findings;
  await examineJoined(check, paths, session, facts, machine);
  const addresses = await outgoingConnections();
  findings.push({ check: 'outgoing', detail: `connected to ${addresses.length} addresses`, addresses });
  return findings;
}

type Check = <T>(
  name: string,
  look: () => T | Promise<T>,
  detail?: (seen: T) => string,
) => Promise<T | undefined>;

async function examineJoined(
  check: Check,
  paths: Paths,
  session: Session,
  facts: MeshFacts,
  machine: MachineFacts,
): Promise<void> {
  await check(
    'kept ports',
    () => desired(facts, session.config, machine),
    () => 'ssh is never captured',
  );
  await check('service', () => checks.checkService(facts.group, machine.nodeIp));
  await check(
    'containers',
    () => checks.checkPublishedPorts(facts.group),
    () => 'none publishes a declared port',
  );
  await check('way to istiod', async () => {
    if (await listens(15012, facts.istiodAddress)) return `${facts.istiodAddress}:15012 answers`;
    throw new Failure(
      'not-registered',
      `istiod does not answer at ${facts.istiodAddress}:15012`,
      'open TCP 15012 (and 15443 for a network of its own) from this machine to the gateway',
    );
  });
  const runs = await check('istio', async () => {
    if (await isActive('istio')) return 'running';
    throw new Failure(
      'istio-failed',
      'Istio does not run on this machine',
      'meshferry-agent reconcile; its log: journalctl -u istio',
    );
  });
  if (runs) {
    await check('capture', () => checkCapture(facts.group));
    await check('certificate', () => checkCertificate(paths));
  }
  const name = entryName(facts.group, machine.nodeIp);
  await check('registration', async () => {
    const entry = await readEntry(session.api, session.config, name);
    const standing = standingOf(entry);
    if (serves(standing)) return `${name} is ${standing}`;
    const message = entry?.status?.conditions?.find(({ type }) => type === 'Healthy')?.message;
    if (standing === 'absent') {
      throw new Failure('not-registered', `there is no WorkloadEntry ${name}`, 'meshferry-agent reconcile');
    }
    throw new Failure(
      'not-healthy',
      `${name} is registered and gets no traffic${message ? `: ${message}` : ''}`,
      'start the service on the machine, or correct vm.probe in the migration',
    );
  });
}

/** The findings as text, one line each. */
export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ check, detail, failure }) =>
      failure
        ? `✖ ${check} ❯ ${failure.message} → ${failure.next}`
        : `✓ ${check}${detail && detail !== 'well' ? ` ❯ ${detail}` : ''}`,
    )
    .join('\n');
}
