export { defineMesh, defineMigration } from './define';
export { ConfigError, type ConfigIssue } from './error';
export { type JsonSchema, jsonSchemas } from './json-schema';
export { type LoadedMigration, loadMigrations } from './load';
export { type Port, PROTOCOLS, protocolOf, type Routing } from './port';
export {
  defaultSteps,
  type End,
  type GatewayRoute,
  type KubernetesSide,
  type Migration,
  type Side,
  type VmSide,
} from './resolve';
export type { Mesh, MeshInput, MigrationInput, Probe, Rule } from './schema';
