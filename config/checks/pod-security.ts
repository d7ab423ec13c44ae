import { fields, items } from '../../manifests/manifest';
import { show } from '../explain';
import type { Path } from '../problem';
import type { Check, Report } from './check';

const SPEC: Path = ['kubernetes', 'podTemplate', 'spec'];

/** Sources of volumes that a restricted pod may have. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** Fields of a pod or a container with the values that the standard allows; absent is allowed everywhere. */
const ALLOWED: Readonly<Record<string, readonly unknown[]>> = {
  hostNetwork: [false],
  hostPID: [false],
  hostIPC: [false],
};
const ALLOWED_IN_CONTEXT: Readonly<Record<string, readonly unknown[]>> = {
  privileged: [false],
  allowPrivilegeEscalation: [false],
  runAsNonRoot: [true],
  procMount: ['Default'],
};

/** What a template says against the Pod Security Standard that the migration asks for. */
const restricted: Check = {
  reads: [['kubernetes', 'podSecurity'], SPEC],
  run({ declared: { kubernetes } }, report) {
    if (kubernetes?.podSecurity !== 'restricted') return;
    const spec = fields(kubernetes.podTemplate?.spec);
    checkValues(spec, ALLOWED, SPEC, report);
    checkContext(fields(spec.securityContext), [...SPEC, 'securityContext'], report);
    for (const list of ['containers', 'initContainers'])
      for (const [index, container] of items(spec[list]).map(fields).entries())
        checkContainer(container, [...SPEC, list, index], report);
    for (const [index, volume] of items(spec.volumes).map(fields).entries())
      for (const source of Object.keys(volume))
        if (source !== 'name' && !VOLUMES.includes(source))
          report([...SPEC, 'volumes', index, source], `${broken} allows ${VOLUMES.join(', ')} alone`);
  },
};

const broken = 'breaks podSecurity: restricted, which';

function checkContainer(container: Readonly<Record<string, unknown>>, path: Path, report: Report): void {
  const context = fields(container.securityContext);
  const at = [...path, 'securityContext'];
  checkContext(context, at, report);
  const { add, drop } = fields(context.capabilities);
  for (const [index, name] of items(add).entries())
    if (name !== 'NET_BIND_SERVICE')
      report([...at, 'capabilities', 'add', index], `${broken} allows NET_BIND_SERVICE alone`);
  if (drop !== undefined && !items(drop).includes('ALL'))
    report([...at, 'capabilities', 'drop'], `${broken} drops ALL`);
  for (const [index, port] of items(container.ports).map(fields).entries())
    if (port.hostPort !== undefined && port.hostPort !== 0)
      report([...path, 'ports', index, 'hostPort'], `${broken} allows no port of the node`);
}

/** What the standard says of a pod's security context, and of a container's. */
function checkContext(context: Readonly<Record<string, unknown>>, path: Path, report: Report): void {
  checkValues(context, ALLOWED_IN_CONTEXT, path, report);
  if (context.runAsUser === 0) report([...path, 'runAsUser'], `${broken} allows no root`);
  const { type } = fields(context.seccompProfile);
  if (type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost')
    report([...path, 'seccompProfile', 'type'], `${broken} allows RuntimeDefault and Localhost alone`);
}

function checkValues(
  of: Readonly<Record<string, unknown>>,
  allowed: Readonly<Record<string, readonly unknown[]>>,
  path: Path,
  report: Report,
): void {
  for (const [field, values] of Object.entries(allowed))
    if (of[field] !== undefined && !values.includes(of[field]))
      report([...path, field], `${broken} allows ${values.map(show).join(', ')} alone`);
}

export const podSecurityChecks: readonly Check[] = [restricted];
