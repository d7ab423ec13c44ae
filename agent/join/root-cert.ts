const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, without white space, which differs between those who write it. */
export function certificatesOf(pem: string): Set<string> {
  return new Set((pem.match(CERTIFICATE) ?? []).map((certificate) => certificate.replace(/\s/g, '')));
}

/**
 * Whether a file of roots holds just those that are wanted, in whichever order: during a rotation there are two, and
 * pilot-agent, which keeps the file as well, orders them by itself.
 */
export function holdsRoots(file: string, wanted: string): boolean {
  const [held, asked] = [certificatesOf(file), certificatesOf(wanted)];
  return held.size === asked.size && [...asked].every((certificate) => held.has(certificate));
}
