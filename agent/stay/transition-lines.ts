import { standingOf } from '../join/registration';
import type { KeeperState } from './keeper-state';

/**
 * Lines for the journal about a change of state.
 *
 * @param group `<namespace>/<name>` of the WorkloadGroup
 */
export function transitionLines(before: KeeperState, after: KeeperState, group: string): string[] {
  const lines: string[] = [];
  if (after.connected && !before.connected) lines.push('the API server answers');
  if (after.group && (before.retired || before.groupGoneAt !== undefined)) lines.push(`${group} is back`);
  if (after.healthy !== before.healthy && !after.retired) {
    lines.push(`the machine is ${standingOf(after.entry)} in ${group}`);
  }
  return lines;
}
