import { type Facts, nameOf, ofKind, serviceOf } from '../facts';
import { broken, good, type Look } from '../hop';
import { holds, type Labels } from '../labels';

interface Service {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
}

interface ServiceEntry {
  readonly hosts?: readonly string[];
  readonly workloadSelector?: { readonly labels?: Labels };
}

/** Whether the names that callers use are known: the Service, its ports, and the aliases. */
export function name(facts: Facts): Look {
  const { migration } = facts.loaded;
  const service = serviceOf(facts);
  const label = `Service ${migration.namespace}/${migration.service.name}`;
  if (!service)
    return broken(
      `there is no ${label}: its name resolves to nothing`,
      migration.service.existing
        ? 'create it, or set service.existing to false'
        : 'sync the workload layer of the migration',
    );
  const { type, clusterIP, ports = [] } = service.spec as Service;
  if (type === 'ExternalName')
    return broken(
      `${label} is an ExternalName: it selects nothing`,
      'give it a selector, and type ClusterIP',
    );
  const lacking = migration.ports.find((port) => !ports.some((one) => one.port === port.service));
  if (lacking)
    return broken(
      `${label} has no port ${lacking.service} (${lacking.name}), which the migration declares`,
      `add it to the Service, or take ${lacking.name} out of ports`,
    );
  return missingAlias(facts) ?? good(`${label} is at ${clusterIP ?? 'no address'}`);
}

function missingAlias(facts: Facts): Look | undefined {
  const { migration } = facts.loaded;
  const entries = ofKind(facts, 'ServiceEntry');
  for (const alias of migration.aliases) {
    const entry = entries.find(({ spec }) => (spec as ServiceEntry).hosts?.includes(alias));
    if (!entry)
      return broken(
        `no ServiceEntry has the alias ${alias}: requests to it leave the mesh, and no weight holds for them`,
        'sync the routing layer of the migration, which holds the ServiceEntry of its aliases',
      );
    const { workloadSelector } = entry.spec as ServiceEntry;
    if (workloadSelector && !holds(migration.vm.labels, workloadSelector.labels))
      return broken(
        `${nameOf(entry)}, which has the alias ${alias}, does not select the VM`,
        `set its workloadSelector to app: ${migration.app}`,
      );
  }
  return undefined;
}
