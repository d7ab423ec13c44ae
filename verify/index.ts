export type { Manifest, Path, Source } from '../manifests/manifest';
export { readSources, UnreadableError } from '../manifests/read';
export { CHECKS, type ManifestCheck } from './checks';
export type { Finding, Severity, View } from './finding';
export { ORDER_CHECKS, type OrderOptions, type PhaseState, verifyOrder, verifyPhases } from './order';
export type { Endpoint } from './traffic';
export { type TextFile, UnreadableFilesError, type VerifyReport, verifyFiles } from './verify-files';
export { type VerifyOptions, verifyManifests } from './verify-manifests';
