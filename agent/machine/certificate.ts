import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** When the first certificate of a PEM file expires; undefined where there is none. */
export function certificateEnd(file: string): Date | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return new Date(new X509Certificate(readFileSync(file)).validTo);
  } catch {
    return undefined;
  }
}
