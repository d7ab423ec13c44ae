import { fields, items, text } from '../../manifests/manifest';
import { metadataRules } from '../../rules/kubernetes/metadata';
import { podRules } from '../../rules/kubernetes/pod';
import { show } from '../explain';
import type { Port } from '../port';
import type { Path } from '../problem';
import type { KubernetesSide } from '../resolve';
import type { Check, Report } from './check';

/** Where the template lies in a migration. */
const AT: Path = ['kubernetes', 'podTemplate'];

/** A container of the template, with its place. */
interface Container {
  readonly container: Readonly<Record<string, unknown>>;
  readonly path: Path;
  readonly isMain: boolean;
}

function containersOf({ podTemplate, container: main }: KubernetesSide): Container[] {
  const spec = fields(podTemplate?.spec);
  return ['containers', 'initContainers'].flatMap((list) =>
    items(spec[list])
      .map(fields)
      .map((container, index) => ({
        container,
        path: [...AT, 'spec', list, index],
        isMain: list === 'containers' && container.name === main,
      })),
  );
}

const labels: Check = {
  reads: [AT],
  run({ declared: { kubernetes } }, report) {
    const metadata = fields(kubernetes?.podTemplate?.metadata);
    const own = fields(metadata.labels);
    const at = [...AT, 'metadata'];
    if ('app' in own)
      report([...at, 'labels', 'app'], 'is what the Service selects the pods by: declare app instead');
    if ('version' in own)
      report(
        [...at, 'labels', 'version'],
        'is what the subset selects the pods by: declare kubernetes.version instead',
      );
    for (const { path, message, fix } of metadataRules({
      kind: 'Pod',
      metadata: { ...metadata, name: undefined },
    }))
      report([...AT, ...path], `${message}: ${fix}`);
    if (metadata.name !== undefined)
      report([...at, 'name'], `has no effect, since the ${kubernetes?.kind} names its pods: leave it out`);
  },
};

const images: Check = {
  reads: [AT, ['app'], ['name']],
  run({ migration: { kubernetes } }, report) {
    if (!kubernetes) return;
    for (const { container, path, isMain } of containersOf(kubernetes)) {
      if (isMain && container.image !== undefined)
        report([...path, 'image'], 'is that of the main container: declare it as kubernetes.image');
      if (!isMain && container.image === undefined)
        report(
          path,
          `${show(container.name)} has no image, and the main container is called ${show(kubernetes.container)}: use that name, or declare the image of a further container`,
        );
    }
  },
};

const ownPorts: Check = {
  reads: [AT, ['ports'], ['kubernetes', 'ports']],
  run({ migration: { kubernetes, ports } }, report) {
    if (!kubernetes) return;
    for (const { container, path, isMain } of containersOf(kubernetes))
      for (const [index, port] of items(container.ports).map(fields).entries())
        checkPort(port, [...path, 'ports', index], isMain, ports, report);
  },
};

/** The Service finds the pods' ports by their names; what else a port has, such as hostPort, is free. */
function checkPort(
  { name, containerPort, protocol = 'TCP' }: Readonly<Record<string, unknown>>,
  path: Path,
  isMain: boolean,
  ports: readonly Port[],
  report: Report,
): void {
  const named = ports.find((port) => port.name === name);
  const numbered = ports.find((port) => port.kubernetes === containerPort && protocol === 'TCP');
  if (named && (!isMain || named !== numbered)) {
    report(
      [...path, 'name'],
      `${show(name)} is port ${named.kubernetes} of the main container, which the Service sends requests to: use another name, or declare the number in kubernetes.ports`,
    );
  } else if (numbered && isMain && name !== undefined && !named) {
    report(
      [...path, 'name'],
      `${containerPort} is the port ${show(numbered.name)} of the service: leave the name out, since the Service finds it by that`,
    );
  }
}

/** The user that Istio's proxy runs as, and whose traffic the redirection of a pod leaves alone. */
const PROXY_ID = 1337;

const proxyUser: Check = {
  reads: [AT],
  run({ migration: { kubernetes } }, report) {
    if (!kubernetes) return;
    const places = [
      { path: [...AT, 'spec'], of: fields(kubernetes.podTemplate?.spec) },
      ...containersOf(kubernetes).map(({ container, path }) => ({ path, of: container })),
    ];
    for (const { path, of } of places)
      for (const field of ['runAsUser', 'runAsGroup'])
        if (fields(of.securityContext)[field] === PROXY_ID)
          report(
            [...path, 'securityContext', field],
            `${PROXY_ID} is the id of Istio's proxy, and what runs as it passes the mesh by: use another`,
          );
  },
};

/** What the API server refuses beyond its schema, told where the user wrote it. */
const rules: Check = {
  reads: [AT, ['kubernetes', 'image'], ['kubernetes', 'volumeClaimTemplates']],
  run({ migration: { kubernetes } }, report) {
    if (!kubernetes?.podTemplate) return;
    const spec = fields(kubernetes.podTemplate.spec);
    const containers = items(spec.containers).map(fields);
    const main = { name: kubernetes.container, image: kubernetes.image ?? '-' };
    const complete = containers.map((one) =>
      one.name === main.name ? { ...one, ...main } : { image: '-', ...one },
    );
    const isNamed = containers.some(({ name }) => name === main.name);
    const whole = isNamed ? complete : [...complete, main];
    const claimed = kubernetes.volumeClaimTemplates.map((claim) => text(fields(claim.metadata).name) ?? '');
    for (const { path, message, fix } of podRules({ ...spec, containers: whole }, [...AT, 'spec'], claimed))
      report(path, `${message}: ${fix}`);
  },
};

export const podTemplateChecks: readonly Check[] = [labels, images, ownPorts, proxyUser, rules];
