import { type Check, runChecks } from '../checks/check';
import { controllerChecks } from '../checks/controller';
import { gatewayApi } from '../checks/gateway-api';
import { istioChecks } from '../checks/istio';
import { nameChecks } from '../checks/names';
import { podSecurityChecks } from '../checks/pod-security';
import { podTemplateChecks } from '../checks/pod-template';
import { portChecks } from '../checks/ports';
import { routeChecks } from '../checks/routes';
import { serviceChecks } from '../checks/service';
import { sideChecks } from '../checks/sides';
import { stepChecks } from '../checks/steps';
import { stickySessions } from '../checks/sticky';
import type { Problem } from '../problem';
import { type Migration, resolve } from '../resolve';
import { type Mesh, type MigrationDeclaration, meshSchema, migrationSchema } from '../schema/schema';
import { parse } from './parse';

const CHECKS: readonly Check[] = [
  ...nameChecks,
  ...portChecks,
  ...serviceChecks,
  ...sideChecks,
  ...controllerChecks,
  ...podTemplateChecks,
  ...podSecurityChecks,
  ...stepChecks,
  ...routeChecks,
  ...istioChecks,
  gatewayApi,
  stickySessions,
];

/** A migration with what is wrong with it. */
export interface ValidatedMigration {
  /** Complete where there is no problem; else its sound part, for checks across migrations; absent: none is. */
  readonly migration?: Migration;
  readonly declared?: MigrationDeclaration;
  readonly problems: readonly Problem[];
}

/** Checks one migration. `defaultName` is what it is called where it doesn't say. */
export function validateMigration(input: unknown, defaultName: string): ValidatedMigration {
  const { value: declared, problems } = parse(migrationSchema, input, {
    namespace: 'unknown',
    phase: 'unknown',
    ports: {},
  });
  if (!declared) return { problems };
  const migration = resolve(declared, defaultName);
  const more = runChecks(CHECKS, { input, declared, migration }, problems);
  return { migration, declared, problems: more.length === 0 ? problems : [...problems, ...more] };
}

/** Checks the facts of one mesh. */
export function validateMesh(input: unknown): {
  readonly mesh?: Mesh;
  readonly problems: readonly Problem[];
} {
  const { value, problems } = parse(meshSchema, input, { istio: '1.22' });
  return { problems, ...(value && { mesh: value }) };
}
