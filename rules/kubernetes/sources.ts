import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from '../broken';
import { exactlyOne } from './one-of';
import { podField, podFileField, type ValueKind } from './value-kinds';

/** Where the value of a variable comes from. */
export function* variableRules(source: Part, path: Path): Generator<Broken> {
  const keys = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];
  yield* exactlyOne(source, keys, path);
  yield* fieldRules(source, podField, path);
}

/** A ConfigMap or a Secret whose keys become variables. */
export function* variablesRules(source: Part, path: Path): Generator<Broken> {
  yield* exactlyOne(source, ['configMapRef', 'secretRef'], path);
}

/** A field of a pod as a file. */
export function* fileRules(source: Part, path: Path): Generator<Broken> {
  yield* exactlyOne(source, ['fieldRef', 'resourceFieldRef'], path);
  yield* fieldRules(source, podFileField, path);
  if (isGiven(source.resourceFieldRef) && !isSet(fields(source.resourceFieldRef).containerName))
    yield { path: [...path, 'resourceFieldRef'], message: 'no container is named', fix: 'add containerName' };
}

function* fieldRules({ fieldRef }: Part, kind: ValueKind, path: Path): Generator<Broken> {
  const place = fields(fieldRef).fieldPath;
  if (typeof place === 'string' && !kind.is(place))
    yield {
      path: [...path, 'fieldRef', 'fieldPath'],
      message: `"${place}" is not ${kind.what}`,
      fix: kind.fix,
    };
}

const PROJECTED = [
  'configMap',
  'secret',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
];

/** At most one source of a projected volume. */
export function* projectionRules(source: Part, path: Path): Generator<Broken> {
  if (PROJECTED.some((key) => isGiven(source[key]))) yield* exactlyOne(source, PROJECTED, path);
}

/** Drivers of volumes are named like domains, in letters of either case. */
export function* driverRules({ driver }: Part, path: Path): Generator<Broken> {
  if (
    !/^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i.test(
      String(driver ?? ''),
    )
  )
    yield {
      path: [...path, 'driver'],
      message: `"${driver ?? ''}" is no driver`,
      fix: 'name one such as secrets-store.csi.k8s.io',
    };
}

/** A command of a probe or of a hook. */
export function* commandRules({ command }: Part, path: Path): Generator<Broken> {
  if (!isSet(command)) yield { path: [...path, 'command'], message: 'there is no command', fix: 'add one' };
}

/** What a claim asks of storage. */
export function* claimRules({ accessModes, resources }: Part, path: Path): Generator<Broken> {
  const modes = items(accessModes);
  if (modes.length === 0)
    yield { path: [...path, 'accessModes'], message: 'there are no access modes', fix: 'add ReadWriteOnce' };
  if (modes.includes('ReadWriteOncePod') && new Set(modes).size > 1)
    yield {
      path: [...path, 'accessModes'],
      message: 'ReadWriteOncePod stands beside other access modes',
      fix: 'keep one of them',
    };
  if (!isGiven(fields(fields(resources).requests).storage))
    yield { path: [...path, 'resources'], message: 'no size is requested', fix: 'add requests.storage' };
}
