import { Command } from 'commander';
import { loadMigrations } from '../../config';
import { type CheckOptions, readFacts } from '../../operate/check/read-facts';
import { pathText } from '../../operate/check/text';
import { firstBroken, walkPath } from '../../operate/check/walk';
import { EXIT_CODES } from '../../operate/promote/refusal';
import { enterProject } from '../project';
import { selectOne } from '../select';

const HELP = `
Walks the path of a request from a caller's pod to the VM and to the pods, and names the first part of it that is broken,
with what to do: istiod, the caller's sidecar, the name, the route, and for each side subset, selector, port, endpoint,
network, mutual TLS and access. With --ssh the agent on the machine is asked for the rest: the service, what iptables
captures, the certificate, the clock. Nothing is changed; connections are opened and closed without a byte.

Exit codes: 0 nothing broken was found, 1 the cluster failed, 2 wrong usage, 3 something is broken.

Examples:
  $ meshferry check analytics                              from a pod beside the service
  $ meshferry check analytics --from shop/checkout-7d4     from that pod
  $ meshferry check analytics --ssh admin@10.0.0.5         ask the agent on the machine too`;

interface Options extends CheckOptions {
  readonly json?: boolean;
}

/** `meshferry check`: where requests to a service end, and why. */
export function checkCommand(): Command {
  return new Command('check')
    .description('walk the path of a request, and name what is broken')
    .argument('<name>', 'name of the migration, with its environment in front where it matters')
    .option('--from <namespace/pod>', 'pod that calls (default: one with a sidecar beside the service)')
    .option('--ssh <destination>', 'machine to ask, as ssh takes it; its user runs the agent by sudo')
    .option('--context <name>', "context of kubectl (default: kubectl's own)")
    .option('--json', 'print every part of the path as JSON')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options) => {
      enterProject();
      const loaded = selectOne(loadMigrations('migrations'), name);
      const hops = walkPath(await readFacts(loaded, options));
      const first = firstBroken(hops);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ id: loaded.id, phase: loaded.migration.phase, ...(first && { broken: first }), hops }, null, 2)}\n`
          : `${pathText(hops)}\n`,
      );
      process.exitCode = first ? EXIT_CODES.halt : 0;
    });
}
