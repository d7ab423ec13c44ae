import { type LoadedMigration, loadMigrations, type Mesh } from '../../config';
import { isServedByCluster } from '../../config/schema/agent-download';
import { downloadLine, installLine, installScript } from '../../constructs/install-script';
import { UsageError } from '../errors';
import { selectOne } from '../select';

const NONE =
  '✖ mesh.yaml does not say where machines get the agent\n  way out: build it by `meshferry agent build`, and declare agentDownload';

/**
 * The line that installs the agent on a machine.
 *
 * @throws UsageError where the mesh does not declare where the agent is
 */
export function lineOf({ agentDownload }: Mesh): string {
  if (!agentDownload) throw new UsageError(NONE);
  if (isServedByCluster(agentDownload))
    return installLine(`${agentDownload.ingress.replace(/\/$/, '')}/get`, installScript(agentDownload));
  const { url = '', ...rest } = agentDownload;
  return downloadLine({ url, ...rest });
}

/**
 * The line of a migration's mesh, or the one that all meshes here have.
 *
 * @throws UsageError where there is none, or several that differ
 */
export function findLine(name: string | undefined): string {
  const all = loadMigrations('migrations');
  const asked: readonly LoadedMigration[] = name === undefined ? all : [selectOne(all, name)];
  const lines = new Set(
    asked.filter(({ mesh }) => name !== undefined || mesh.agentDownload).map(({ mesh }) => lineOf(mesh)),
  );
  const [line, ...others] = lines;
  if (line === undefined) throw new UsageError(NONE);
  if (others.length > 0)
    throw new UsageError(
      '✖ the meshes here differ: name a migration, e.g. meshferry agent line prod/analytics',
    );
  return line;
}
