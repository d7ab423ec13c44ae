import { items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from '../broken';

/** A profile of seccomp or AppArmor: a file on the node, or one by its name. */
export function* profileRules({ type, localhostProfile }: Part, path: Path): Generator<Broken> {
  if (!isSet(type))
    yield { path: [...path, 'type'], message: 'the type is missing', fix: 'add type: RuntimeDefault' };
  if (type === 'Localhost' ? !isSet(localhostProfile) : isGiven(localhostProfile))
    yield {
      path: [...path, 'localhostProfile'],
      message: `a profile of type ${type} ${type === 'Localhost' ? 'names no file' : 'has no localhostProfile'}`,
      fix: type === 'Localhost' ? 'add localhostProfile' : 'remove it',
    };
}

/** What a container may do on its node. */
export function* securityContextRules(
  { privileged, allowPrivilegeEscalation, capabilities }: Part,
  path: Path,
): Generator<Broken> {
  const added = items((capabilities as Part | undefined)?.add);
  if (allowPrivilegeEscalation === false && (privileged === true || added.includes('SYS_ADMIN')))
    yield {
      path: [...path, 'allowPrivilegeEscalation'],
      message: `a container with ${privileged === true ? 'privileged' : 'SYS_ADMIN'} cannot be kept from more rights`,
      fix: 'remove one of the two',
    };
}
