export type { End, Side } from '../plan/phase';
export { defineMesh, defineMigration } from './define';
export { ConfigError, type ConfigIssue } from './error';
export { type Port, PROTOCOLS, protocolOf, type Routing } from './port';
export { type LoadedMigration, loadMigrations } from './reading/load';
export {
  defaultSteps,
  type GatewayRoute,
  type KubernetesSide,
  type Migration,
  type VmSide,
} from './resolve';
export { ROUTING_OUTPUTS, ROUTING_STEPS, type RoutingOutput, routingOf } from './routing-output';
export { type JsonSchema, jsonSchemas } from './schema/json-schema';
export type { Mesh, MeshInput, MigrationInput, Probe, Rule } from './schema/schema';
