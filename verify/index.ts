export type { Manifest, Path, Source } from '../manifests/manifest';
export { readSources, UnreadableError } from '../manifests/read';
export { CHECKS, type Check } from './checks';
export type { Finding, Severity } from './finding';
export { ORDER_CHECKS, type OrderOptions, type PhaseState, verifyOrder, verifyPhases } from './order';
export type { Endpoint } from './traffic';
export { type Report, type TextFile, UnreadableFilesError, verifyFiles } from './verify-files';
export { type VerifyOptions, verifyManifests } from './verify-manifests';
