import { defineMesh, defineMigration, renderPhase } from '../../index';
import { fields, items, type Manifest, texts } from '../../manifests/manifest';
import { plan } from '../../plan/plan';
import { migrationOf, type Original, withoutNulls } from './migration-of';

type Fields = Readonly<Record<string, unknown>>;

const MESH = defineMesh({ istio: '1.30', kubernetes: '1.34' });

/**
 * What is lost, or added, when a workload goes through a migration file.
 *
 * Pods are compared whole, after what the migration owns has been made alike: the labels app and version, the name of the
 * main container, and the names of the service's ports; pods without an account of their own go without its token. Of the
 * controller, every field that is published has to come out.
 *
 * @returns nothing where the pods come out as they were; else each field that differs, or why the file is refused
 */
export function differences(original: Original): string[] {
  let rendered: Manifest | undefined;
  try {
    const migration = defineMigration(migrationOf(original));
    const phase = plan(migration).find(({ name }) => name === 'deploy');
    if (!phase) throw new Error('the plan has no phase deploy');
    rendered = renderPhase(migration, MESH, phase).workload.find(
      ({ kind }) => kind === original.controller.kind,
    );
  } catch (error) {
    return [(error as Error).message];
  }
  const before = fields(withoutNulls(original.controller.spec));
  const after = fields(rendered?.spec);
  const ofController = Object.keys(before)
    .filter((key) => !['template', 'selector', 'serviceName', 'replicas'].includes(key))
    .flatMap((key) => unequal(before[key], after[key], key));
  const replicas = unequal(before.replicas ?? 1, after.replicas, 'replicas');
  return [
    ...replicas,
    ...ofController,
    ...unequal(alike(withoutToken(before.template)), alike(after.template), 'template'),
  ];
}

/** The one field that a migration adds to pods unasked: without an account of their own they get no token of it. */
function withoutToken(template: unknown): unknown {
  const spec = fields(fields(template).spec);
  const hasAccount = spec.serviceAccountName !== undefined;
  return hasAccount
    ? template
    : { ...fields(template), spec: { automountServiceAccountToken: false, ...spec } };
}

/** A template of pods without what the migration owns, and with the members of named lists in one order. */
function alike(template: unknown): unknown {
  const { metadata, spec } = fields(template);
  const { app: _app, version: _version, ...labels } = texts(fields(metadata).labels);
  const annotations = texts(fields(metadata).annotations);
  const { containers, initContainers, ...rest } = fields(spec);
  const byImage = (a: Fields, b: Fields) => (String(a.image) < String(b.image) ? -1 : 1);
  const all = (list: unknown) =>
    items(list)
      .map((one) => withoutNames(fields(one)))
      .sort(byImage);
  return {
    labels,
    annotations,
    spec: { ...rest, containers: all(containers), initContainers: all(initContainers) },
  };
}

/** Ports by their numbers, wherever one is named. */
function withoutNames({ name: _name, ports, ...container }: Fields): Fields {
  const numbered = items(ports).map(fields);
  const numberOf = (port: unknown) => numbered.find(({ name }) => name === port)?.containerPort ?? port;
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === 'port' ? numberOf(one) : resolve(one)]),
    );
  };
  const unnamed = numbered.map(({ name: _port, ...port }) =>
    Object.fromEntries(Object.entries({ protocol: 'TCP', ...port }).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  return { ...(resolve(container) as Fields), ports: unnamed };
}

/** A port of the service that a container does not list is listed now; none that it lists may be lost. */
function unequalPorts(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  const rendered = new Set(after.map((one) => JSON.stringify(one)));
  return before
    .map((one) => JSON.stringify(one))
    .flatMap((one) => (rendered.has(one) ? [] : [`${path}: ${one} is lost`]));
}

function unequal(before: unknown, after: unknown, path: string): string[] {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return before === after ? [] : [`${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  if (path.endsWith('.ports') && Array.isArray(before) && Array.isArray(after))
    return unequalPorts(before, after, path);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    unequal((before as Fields)[key], (after as Fields)[key], `${path}.${key}`),
  );
}
