import { readFileSync } from 'node:fs';
import { clusterEnvFile } from '../../agent/join/cluster-env';
import { readEnvironment } from '../../agent/stay/change-effect';

/**
 * The cluster.env that istioctl wrote, if it says nothing but what the agent too would let Istio's start script source
 * as root: istioctl quotes values, and takes any name from a WorkloadGroup.
 *
 * @throws Failure where it says more
 */
export function checkedClusterEnv(text: string): string {
  return clusterEnvFile(readEnvironment(text));
}

if (require.main === module) {
  try {
    process.stdout.write(checkedClusterEnv(readFileSync(process.argv[2] ?? 'cluster.env', 'utf8')));
  } catch (error) {
    process.stderr.write(`✖ ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
