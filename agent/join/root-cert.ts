const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, without white space, which differs between programs. */
export function certificatesOf(pem: string): Set<string> {
  return new Set((pem.match(CERTIFICATE) ?? []).map((certificate) => certificate.replace(/\s/g, '')));
}

/**
 * Whether a file holds exactly the wanted root certificates, in any order: during a rotation there are two, and
 * pilot-agent, which also writes the file, sorts them in its own way.
 */
export function holdsRoots(file: string, wanted: string): boolean {
  const [held, asked] = [certificatesOf(file), certificatesOf(wanted)];
  return held.size === asked.size && [...asked].every((certificate) => held.has(certificate));
}
