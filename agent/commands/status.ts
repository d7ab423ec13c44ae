import { type FailureKind, toFailure } from '../failure';
import { AGENT_UNIT } from '../join/agent-unit';
import { readMachineFacts } from '../join/machine-facts';
import { entryName, factTargets, readEntry } from '../join/mesh-facts';
import { parseGroup } from '../join/parse-group';
import { type Standing, serves, standingOf } from '../join/registration';
import { Session } from '../join/session';
import { ApiError } from '../kubernetes/api-error';
import { explainRefusal } from '../kubernetes/explain';
import { claimsOf } from '../kubernetes/token';
import { certificateEnd } from '../machine/certificate';
import { lastReconciled } from '../machine/last-reconciled';
import { isActive } from '../machine/machine';
import type { Paths } from '../paths';

/** Status of the machine, for people and for programs. */
export interface Status {
  /** `<namespace>/<name>` */
  readonly workloadGroup: string;
  readonly address: string | null;
  /** Name of the WorkloadEntry; null if the API server cannot be asked. */
  readonly entry: string | null;
  /** Whether the machine is registered and gets traffic. `unreachable`: the API server cannot be asked. */
  readonly standing: Standing | 'unreachable' | 'retired';
  readonly istio: { readonly running: boolean; readonly certificateExpires: string | null };
  readonly agent: {
    readonly running: boolean;
    readonly tokenExpires: string | null;
    readonly lastReconcile: string | null;
  };
  /** Why the machine gets no traffic; null if it does. */
  readonly problem: string | null;
  /** Kind of the problem: `status` ends with its exit code. */
  readonly kind: FailureKind | null;
}

/** Reads the status, also if the API server does not answer. */
export async function readStatus(paths: Paths): Promise<Status> {
  const session = new Session(paths);
  const { namespace, name } = session.config.workloadGroup;
  const local = {
    workloadGroup: `${namespace}/${name}`,
    istio: {
      running: await isActive('istio'),
      certificateExpires: certificateEnd(paths.istio.certChain)?.toISOString() ?? null,
    },
    agent: {
      running: await isActive(AGENT_UNIT),
      tokenExpires: claimsOf(session.token)?.expires?.toISOString() ?? null,
      lastReconcile: lastReconciled(paths)?.toISOString() ?? null,
    },
  };
  try {
    const { group: target } = factTargets(session.config);
    const answer = await session.api.get<unknown>(`${target.collection}/${target.name}`);
    const { group } = parseGroup(answer, namespace, name);
    const { nodeIp } = await readMachineFacts(session);
    const entry = entryName(group, nodeIp);
    const found = await readEntry(session.api, session.config, entry);
    const condition = found?.status?.conditions?.find(({ type }) => type === 'Healthy');
    const standing = standingOf(found);
    return {
      ...local,
      address: nodeIp,
      entry,
      standing,
      problem: condition?.status === 'False' ? (condition.message ?? 'the probe fails') : null,
      kind: serves(standing) ? null : standing === 'absent' ? 'not-registered' : 'not-healthy',
    };
  } catch (thrown) {
    const failure = toFailure(
      explainRefusal(thrown, `WorkloadGroup ${namespace}/${name}`, session.token, namespace),
    );
    const retired = thrown instanceof ApiError && thrown.status === 404;
    return {
      ...local,
      address: null,
      entry: null,
      standing: retired ? 'retired' : 'unreachable',
      problem: retired
        ? `WorkloadGroup ${namespace}/${name} does not exist`
        : `${failure.message} → ${failure.next}`,
      kind: retired ? 'no-group' : failure.kind,
    };
  }
}

/** The status as text. */
export function statusText(status: Status): string {
  const rows: [string, string][] = [
    ['group', status.workloadGroup],
    ['entry', status.entry ?? 'not known'],
    ['standing', `${status.standing}${status.problem ? `: ${status.problem}` : ''}`],
    ['istio', status.istio.running ? 'running' : 'stopped'],
    ['certificate', status.istio.certificateExpires ? `until ${status.istio.certificateExpires}` : 'none'],
    ['agent', status.agent.running ? 'running' : 'stopped'],
    ['token', status.agent.tokenExpires ? `until ${status.agent.tokenExpires}` : 'without an end'],
    ['reconciled', status.agent.lastReconcile ?? 'never'],
  ];
  return rows.map(([key, value]) => `${key.padEnd(12)}${value}`).join('\n');
}
