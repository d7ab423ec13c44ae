import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../failure';

/** What kind of Linux it is. */
export interface Distribution {
  /** Its name for people, e.g. `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** How it takes packages. */
  readonly type: 'deb' | 'rpm';
}

const DEB = new Set(['debian', 'ubuntu']);
const RPM = new Set([
  'rhel',
  'fedora',
  'centos',
  'rocky',
  'almalinux',
  'ol',
  'amzn',
  'suse',
  'opensuse',
  'sles',
]);

/**
 * Reads os-release(5).
 *
 * @throws Failure `unknown-distribution` where neither it nor what it is like takes deb or rpm packages
 */
export function readDistribution(osRelease: string): Distribution {
  const fields = existsSync(osRelease) ? parseOsRelease(readFileSync(osRelease, 'utf8')) : {};
  const ids = [fields.ID ?? '', ...(fields.ID_LIKE ?? '').split(' ')];
  const name = fields.PRETTY_NAME ?? fields.ID ?? 'unknown';
  if (ids.some((id) => DEB.has(id))) return { name, type: 'deb' };
  if (ids.some((id) => RPM.has(id))) return { name, type: 'rpm' };
  throw new Failure(
    'unknown-distribution',
    `this distribution (${name}) is not known to take deb or rpm packages`,
    `install Istio's sidecar yourself, or say what it is like: ID_LIKE=debian in ${osRelease}`,
  );
}

function parseOsRelease(text: string): Partial<Record<string, string>> {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => [match[1], match[2] ?? match[3] ?? match[4] ?? '']),
  );
}
