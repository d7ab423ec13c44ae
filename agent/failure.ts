import { printable } from '../text/printable';

/**
 * Exit codes of the agent, one per kind of failure, so that automation can distinguish them. docs/reference/agent.md
 * lists the causes of each.
 */
export const EXIT_CODES = {
  /** An unexpected error: a bug, or a machine that behaves in an unknown way. */
  unexpected: 1,
  /** An invalid argument, or an incomplete configuration. */
  usage: 2,
  /** Another command of the agent is changing the machine. */
  busy: 3,
  /** Not run as root. */
  'not-root': 4,
  /** The API server does not answer. */
  unreachable: 10,
  /** The API server's certificate is not signed by the CA that was given. */
  'wrong-ca': 11,
  /** The bearer token is missing, wrong or expired. */
  'bad-token': 12,
  /** The token is good but may not read what the agent needs. */
  forbidden: 13,
  /** There is no such WorkloadGroup. */
  'no-group': 14,
  /** Istio's own objects are missing, or hold nothing that the machine can use. */
  'no-mesh': 15,
  /** An object of the cluster says what no machine takes, or is not of the form that it has to be of. */
  'bad-object': 16,
  /** The machine has no systemd, or it does not run. */
  'no-systemd': 20,
  /** The distribution is neither a deb nor an rpm one. */
  'unknown-distribution': 21,
  /** A program that Istio needs is missing. */
  'missing-program': 22,
  /** Too little room on the disk. */
  'disk-full': 23,
  /** A folder that has to be written to is read-only. */
  'read-only': 24,
  /** Another sidecar, or another process on one of Istio's ports. */
  'another-sidecar': 25,
  /** The machine's clock and the API server's differ too much for tokens and certificates. */
  clock: 26,
  /** The WorkloadGroup declares a port that Istio must not capture. */
  'kept-port': 27,
  /** Nothing listens on a declared port. */
  'no-service': 28,
  /** A rule of iptables hands a declared port to a container. */
  'published-port': 29,
  /** The package cannot be fetched, or does not fit the mesh. */
  package: 30,
  /** The package does not have the expected checksum. */
  checksum: 31,
  /** Istio was started and does not run. */
  'istio-failed': 40,
  /** Istio runs and the WorkloadEntry does not appear. */
  'not-registered': 41,
  /** The WorkloadEntry is there and does not turn Healthy. */
  'not-healthy': 42,
  /** The machine lost the API server or ssh after a change, which the agent therefore reverted. */
  'cut-off': 43,
} as const;

/** A kind of failure. */
export type FailureKind = keyof typeof EXIT_CODES;

const LONGEST_MESSAGE = 1000;

/** Words of others are in messages: on a terminal they are text on one line, and not without end. */
function shown(message: string): string {
  const text = printable(message);
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

/** A failure that says what to do about it. */
export class Failure extends Error {
  /**
   * @param kind what kind of failure it is; decides the exit code
   * @param message what is wrong and where, in one sentence without its full stop
   * @param next what to do about it, an imperative sentence without its full stop
   */
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(shown(message), options);
    this.name = 'Failure';
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }

  /** JSON leaves out the message of an Error. */
  toJSON(): { readonly kind: FailureKind; readonly message: string; readonly next: string } {
    return { kind: this.kind, message: this.message, next: this.next };
  }
}

/** The failure behind anything thrown: file system errors have kinds of their own, the rest is unexpected. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const error = thrown as NodeJS.ErrnoException;
  const where = error.path ? ` (${error.path})` : '';
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new Failure('disk-full', `the disk is full${where}`, 'free some room, then run it again', {
      cause: thrown,
    });
  }
  if (error.code === 'EROFS') {
    return new Failure(
      'read-only',
      `the file system is read-only${where}`,
      'mount it writable, then run it again',
      {
        cause: thrown,
      },
    );
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new Failure('not-root', `not permitted${where}`, 'run it as root: sudo meshferry-agent …', {
      cause: thrown,
    });
  }
  const message = error instanceof Error ? error.message : String(thrown);
  return new Failure('unexpected', message, 'run it again with MESHFERRY_DEBUG=1 and report what it prints', {
    cause: thrown,
  });
}
