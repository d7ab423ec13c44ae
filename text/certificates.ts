import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]*-----END CERTIFICATE-----/g;

/**
 * The certificates in a text, PEM, without what stands beside them.
 *
 * @throws Error where one is no X.509 certificate
 */
export function certificatesIn(text: string): readonly string[] {
  const certificates = text.match(BLOCK) ?? [];
  for (const certificate of certificates) new X509Certificate(certificate);
  return certificates;
}

/** Whether a text is one or more certificates, PEM, and nothing else. */
export function isOnlyCertificates(text: string): boolean {
  try {
    return certificatesIn(text).length > 0 && text.replace(BLOCK, '').trim() === '';
  } catch {
    return false;
  }
}
