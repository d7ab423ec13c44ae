import { existsSync, rmSync } from 'node:fs';
import { AGENT_UNIT } from '../join/agent-unit';
import { checkRoot } from '../join/checks';
import { run } from '../machine/command';
import { admitIstiod } from '../machine/istiod-connection';
import { takeLock } from '../machine/lock';
import { Machine } from '../machine/machine';
import type { Paths } from '../paths';
import { leaveTraffic, stopIstio } from '../stay/drain';
import type { TaskLines } from './task-lines';

/**
 * Restores the machine as it was before the agent: removes Istio with its package, files, user and capture rules, then
 * the agent itself. Before that, callers move to other endpoints, and open requests end.
 *
 * @throws Failure `not-root` or `busy`
 */
export async function uninstall(
  paths: Paths,
  lines: TaskLines,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  checkRoot();
  const lock = await takeLock(paths.lock, 'uninstall');
  try {
    const machine = new Machine(paths, {
      dryRun,
      report: (change) => (dryRun ? lines.would(change) : undefined),
    });
    const own = [paths.unit, paths.etc, paths.cache, paths.state, paths.run, paths.program];
    if (dryRun) {
      await machine.undoAll();
      for (const path of own) lines.would(`remove ${path}`);
      return;
    }
    await run('systemctl', ['stop', AGENT_UNIT]);
    await leaveTraffic();
    const left = await stopIstio();
    await admitIstiod();
    const ended = left === 0 ? 'no request in flight was cut off' : `${left} connections did not end in time`;
    lines.done('stop-istio', ended);
    await machine.undoAll();
    lines.done('restore-machine', 'files, units and packages are as they were');
    await run('systemctl', ['daemon-reload']);
    await run('systemctl', ['reset-failed', 'istio', AGENT_UNIT]);
    for (const path of own) rmSync(path, { recursive: true, force: true });
    lines.done('uninstalled meshferry-agent');
    if (existsSync(paths.packaged.program))
      lines.warn(paths.packaged.program, 'its package remains: remove it by apt-get, dnf or zypper');
  } finally {
    await lock.release();
  }
}
