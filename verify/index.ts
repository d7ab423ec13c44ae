export { CHECKS, type Check } from './checks';
export type { Finding, Severity } from './finding';
export type { Manifest, Path, Source } from './manifest';
export { ORDER_CHECKS, type OrderOptions, type PhaseState, verifyOrder, verifyPhases } from './order';
export { readSources, UnreadableError } from './read';
export type { Endpoint } from './traffic';
export { type Report, type TextFile, UnreadableFilesError, verifyFiles } from './verify-files';
export { type VerifyOptions, verifyManifests } from './verify-manifests';
