import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { defineMigration, type MigrationInput } from '../../config';
import { suggestedName } from '../../config/known-ports';
import { protocolOf } from '../../config/port';
import { UsageError } from '../errors';
import { migrationText } from '../migration-text';

/** What is known of a service that no survey saw. */
export interface NewService {
  readonly namespace: string;
  readonly image?: string;
  /** Ports as they are typed: `http=8080`, or a number alone. @default ['http=8080'] */
  readonly port?: readonly string[];
}

/**
 * Writes migrations/NAME.yaml, with a word about each field.
 *
 * @param id `orders`, or with its environment: `prod/orders`
 * @returns path of the file
 * @throws UsageError, ConfigError
 */
export function writeMigration(id: string, { namespace, image, port = ['http=8080'] }: NewService): string {
  const name = basename(id);
  const file = join('migrations', `${id}.yaml`);
  if (id.split('/').some((part) => part === '..' || part === '.'))
    throw new UsageError(`✖ ${id} is no name: give NAME, or ENVIRONMENT/NAME`);
  if (existsSync(file)) throw new UsageError(`✖ ${file} exists: choose another name`);
  const text = migrationText({
    name,
    namespace,
    image: image ?? `registry.example/${name}:1.0.0`,
    ports: Object.fromEntries(port.map((one) => portOf(one, name))),
    schema: `${'../'.repeat(id.split('/').length)}node_modules/meshferry/schema/migration.schema.json`,
  });
  defineMigration(parse(text) as MigrationInput, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: 'wx' });
  return file;
}

/** `http=8080`, or a number alone, which gets a name by what usually listens there. */
function portOf(text: string, service: string): [name: string, number: number] {
  const [, name, number = ''] = /^(?:([a-z0-9-]+)=)?([0-9]+)$/.exec(text) ?? [];
  if (number === '') throw new UsageError(`✖ ${text} is no port: give NAME=NUMBER, such as http=8080`);
  const given = name ?? service;
  // Fifteen characters are the most that a port's name may have.
  const named = protocolOf(given) === undefined ? suggestedName(given, Number(number)) : given;
  return [named.slice(0, 15).replace(/-+$/, ''), Number(number)];
}
