import { show } from '../explain';
import { sideServiceName } from '../gateway-api/side-service';
import { formatPath, type Path, type Problem } from '../problem';
import type { Migration } from '../resolve';
import { routingObjectsOf, routingOf } from '../routing-output';

/** A migration beside others. */
export interface Neighbour {
  readonly migration: Migration;
  readonly environment: string;
  /** Domain that the Service's full name ends in. */
  readonly clusterDomain: string;
  /** The file, as messages name it. */
  readonly file: string;
  /** What is wrong with it already. */
  readonly problems: readonly Problem[];
}

/** Something that only one migration of an environment may have. */
interface Claim {
  /** What it is, e.g. a host, with the name. */
  readonly key: string;
  readonly path: Path;
  /** Follows the name of the thing in the message. */
  readonly because: string;
}

/**
 * Finds migrations of one environment that get into each other's way. Tells the later one, naming the earlier,
 * and of two only the first clash, since the others mostly follow from it.
 */
export function findConflicts(
  neighbours: readonly Neighbour[],
  report: (of: Neighbour, path: Path, message: string) => void,
): void {
  const environments = new Set(neighbours.flatMap(({ environment }) => withParents(environment)));
  const taken = new Map<string, Neighbour>();
  for (const one of neighbours) {
    const told = new Set<Neighbour>();
    const isSound = soundness(one.problems);
    for (const { key, path, because } of claims(one)) {
      if (!isSound(path)) continue;
      const full = `${one.environment}\n${key}`;
      const first = taken.get(full);
      if (!first) taken.set(full, one);
      else if (first !== one && !told.has(first)) {
        told.add(first);
        report(one, path, `${key} is in ${first.file} too: ${because}`);
      }
    }
    const folder = [one.environment, one.migration.name].filter(Boolean).join('/');
    if (environments.has(folder)) {
      report(
        one,
        ['name'],
        `${show(one.migration.name)} is also the name of an environment's folder, and both would render to dist/${folder}: rename one`,
      );
    }
  }
}

/**
 * What a migration takes for itself alone in its environment. As long as these stay the same, a change of it brings no
 * conflict that was not there before.
 */
export function claimKeys(of: Pick<Neighbour, 'migration' | 'clusterDomain'>): string[] {
  return claims(of).map(({ key }) => key);
}

function claims({ migration, clusterDomain }: Pick<Neighbour, 'migration' | 'clusterDomain'>): Claim[] {
  const { name, namespace, app, service, vm, kubernetes, aliases, gateways } = migration;
  const oneRoute = 'a host is routed by one migration of an environment';
  const host =
    (path: Path) =>
    (fqdn: string, index: number): Claim => ({
      key: `host ${fqdn}`,
      path: [...path, index],
      because: oneRoute,
    });
  return [
    { key: `migration ${name}`, path: ['name'], because: 'both would render to the same folder; rename one' },
    {
      key: `app ${app} of namespace ${namespace}`,
      path: ['app'],
      because: 'the Service of each would select the pods and VMs of both; give each its own app',
    },
    {
      key: `host ${service.name}.${namespace}.svc.${clusterDomain}`,
      path: ['service', 'name'],
      because: oneRoute,
    },
    ...(routingObjectsOf(routingOf(migration)).services ? (['vm', 'kubernetes'] as const) : []).flatMap(
      (side) => {
        const sideService = sideServiceName(migration, side);
        const key = `host ${sideService}.${namespace}.svc.${clusterDomain}`;
        return sideService === undefined ? [] : [{ key, path: [side, 'version'], because: oneRoute }];
      },
    ),
    ...aliases.map(host(['aliases'])),
    ...gateways.flatMap((gateway, index) => gateway.hosts.map(host(['gateways', index, 'hosts']))),
    {
      key: `WorkloadGroup ${vm.group} of namespace ${namespace}`,
      path: ['vm', 'group'],
      because: 'each needs its own; declare vm.group',
    },
    ...(kubernetes
      ? [
          {
            key: `${kubernetes.kind} ${kubernetes.name} of namespace ${namespace}`,
            path: ['kubernetes', 'name'],
            because: 'each needs its own; declare kubernetes.name',
          },
          ...(kubernetes.kind === 'StatefulSet'
            ? [
                {
                  key: `host ${kubernetes.podNames}.${namespace}.svc.${clusterDomain}`,
                  path: ['kubernetes', 'name'],
                  because: 'the headless Service of a StatefulSet is named after it; declare kubernetes.name',
                },
              ]
            : []),
        ]
      : []),
  ];
}

/** Whether a path neither leads to a problem nor lies behind one. */
function soundness(problems: readonly Problem[]): (path: Path) => boolean {
  if (problems.length === 0) return () => true;
  const broken = new Set(problems.map(({ path }) => formatPath(path)));
  const leading = new Set(problems.flatMap(({ path }) => beginnings(path)));
  return (path) => !leading.has(formatPath(path)) && !beginnings(path).some((one) => broken.has(one));
}

function beginnings(path: Path): string[] {
  return path.map((_, index) => formatPath(path.slice(0, index + 1)));
}

function withParents(environment: string): string[] {
  const folders = environment.split('/').filter(Boolean);
  return folders.map((_, index) => folders.slice(0, index + 1).join('/'));
}
