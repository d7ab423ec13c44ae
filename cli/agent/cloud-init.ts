import { stringify } from 'yaml';
import type { LoadedMigration } from '../../config';
import { agentAccount } from '../../config/agent-account';
import { UsageError } from '../errors';
import { lineOf } from './install-line';

/** Readable by root alone, and gone after a reboot. */
const TOKEN_FILE = '/run/meshferry-token';

/** What a machine is told besides its migration. */
export interface FirstBoot {
  /** One of `vm.machines`; absent: the group's machines share an account. */
  readonly machine?: string;
  /** Token of the agent's account; absent: a person sets it later. */
  readonly token?: string;
}

/**
 * User data for cloud-init: what a machine needs at its first boot to join.
 *
 * @throws UsageError where the mesh does not say where the agent is, or the machine is not declared
 * @see https://cloudinit.readthedocs.io/en/latest/explanation/format.html#cloud-config-data
 */
export function cloudInit({ id, migration, mesh }: LoadedMigration, { machine, token }: FirstBoot): string {
  const { vm, namespace } = migration;
  const account = accountOf(id, migration.vm, machine);
  const agent = (...words: readonly string[]) => ['meshferry-agent', ...words];
  const config = {
    ...(token !== undefined && {
      write_files: [{ path: TOKEN_FILE, permissions: '0600', content: token }],
    }),
    runcmd: [
      'set -e',
      ['bash', '-c', lineOf(mesh)],
      agent('set', 'workload-group', namespace, vm.group),
      agent(
        ...['set', 'mesh', '--namespace', mesh.namespace, '--revision', mesh.revision ?? 'default'],
        ...['--gateway-service', mesh.expansionGateway.service],
      ),
      ...(token === undefined
        ? []
        : [agent('set', 'bearer-token', '--file', TOKEN_FILE), ['rm', TOKEN_FILE], agent('reconcile')]),
    ],
  };
  const rest =
    token === undefined
      ? `# It holds no token. Once the machine runs, give it one, and have it join:
#   kubectl create token ${account} -n ${namespace} | ssh <machine> 'sudo meshferry-agent set bearer-token - && sudo meshferry-agent reconcile'
`
      : `# It holds a token of ${namespace}/${account}. Whoever can read the user data of the machine can use it until it ends.
`;
  return `#cloud-config\n# Installs the agent of ${id}, and tells it its group.\n${rest}${stringify(config, { lineWidth: 0 })}`;
}

function accountOf(
  id: string,
  { group, machines }: LoadedMigration['migration']['vm'],
  machine?: string,
): string {
  const names = machines.map(({ name }) => name);
  if (machine === undefined && names.length > 0)
    throw new UsageError(
      `✖ each machine of ${id} has an account of its own: say which, --machine ${names.join(' or ')}`,
    );
  if (machine !== undefined && !names.includes(machine))
    throw new UsageError(
      `✖ ${id} declares no machine ${machine}${names.length > 0 ? `; there are ${names.join(', ')}` : ' in vm.machines'}`,
    );
  return agentAccount(group, machine);
}
