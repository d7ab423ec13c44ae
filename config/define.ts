import { ConfigError } from './error';
import { formatPath, type Problem } from './problem';
import { validateMesh, validateMigration } from './reading/validate';
import type { Migration } from './resolve';
import type { Mesh, MeshInput, MigrationInput } from './schema/schema';

/**
 * Declares a migration in TypeScript: the same fields, defaults and checks as `migrations/<name>.yaml`.
 *
 * @param input what the file would hold
 * @param name name of the migration, as the file's name would give it @default input.name
 * @returns the migration with every value filled in
 * @throws ConfigError with everything that is wrong, each with its path
 */
export function defineMigration(input: MigrationInput, name = ''): Migration {
  const { migration, problems } = validateMigration(input, name);
  return complete(migration, problems);
}

/**
 * Declares a mesh in TypeScript: the same fields, defaults and checks as `mesh.yaml`.
 *
 * @param input what the file would hold
 * @returns the mesh with its defaults filled in
 * @throws ConfigError with everything that is wrong, each with its path
 */
export function defineMesh(input: MeshInput): Mesh {
  const { mesh, problems } = validateMesh(input);
  return complete(mesh, problems);
}

function complete<T>(value: T | undefined, problems: readonly Problem[]): T {
  if (problems.length > 0 || value === undefined) {
    throw new ConfigError(problems.map(({ path, message }) => ({ message, path: formatPath(path) })));
  }
  return value;
}
