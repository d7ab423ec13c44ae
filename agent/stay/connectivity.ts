import { Failure } from '../failure';
import { readEntry } from '../join/mesh-facts';
import type { Session } from '../join/session';
import { listens } from '../machine/addresses';
import { pause } from '../pause';

const SSH = 22;
const TRIES = 4;

/** Whether ssh answers on this machine. */
export function sshAnswers(nodeIp: string): Promise<boolean> {
  return listens(SSH, nodeIp);
}

/**
 * Checks that the machine still reaches the API server, and is still reached by ssh, after Istio has captured its
 * traffic. It opens new connections, since open ones are not captured.
 *
 * @param sshAt address at which ssh answered before; undefined if it did not
 * @throws Failure `cut-off`, on which the caller undoes its changes
 */
export async function checkConnectivity(session: Session, sshAt?: string): Promise<void> {
  const lost: string[] = [];
  if (!(await retried(() => apiServerAnswers(session))))
    lost.push(`the API server ${session.config.apiServer.url}`);
  if (sshAt !== undefined && !(await retried(() => sshAnswers(sshAt)))) lost.push(`ssh on ${sshAt}:${SSH}`);
  if (lost.length === 0) return;
  throw new Failure(
    'cut-off',
    `with Istio in place, ${lost.join(' and ')} no longer ${lost.length === 1 ? 'answers' : 'answer'}`,
    'see what else filters traffic on this machine (iptables-save, nft list ruleset), then run it again',
  );
}

async function apiServerAnswers({ api, config }: Session): Promise<boolean> {
  api.forgetIdleConnections();
  try {
    await readEntry(api, config, 'any');
    return true;
  } catch (error) {
    // A refusal is an answer: the Role may name the entries that the agent may read.
    return error instanceof Failure && error.kind === 'forbidden';
  }
}

async function retried(ask: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    if (await ask()) return true;
    await pause(1000);
  }
  return false;
}
