import { fields, type Manifest, text } from '../manifests/manifest';

/** Namespace of an object; `default` where it names none. */
export function namespaceOf(manifest: Manifest): string {
  return text(fields(manifest.metadata).namespace) ?? 'default';
}
