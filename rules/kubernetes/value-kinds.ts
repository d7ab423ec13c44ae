import { isIP } from 'node:net';
import { isAddressOrBlock } from '../values';
import { isLabelName, isLabelValue, isQualifiedName, isSubdomain } from './metadata';

/** What a value must be, and what to do about one that is not. */
export interface ValueKind {
  readonly is: (value: string | number) => boolean;
  /** What it is, with an article: `a domain name`. */
  readonly what: string;
  readonly fix: string;
  /**
   * - `filled`: an empty value is as good as none, which is allowed
   * - `given`: an empty value is wrong, none is allowed
   * - `always`: the field must be there
   */
  readonly when: 'filled' | 'given' | 'always';
}

function textKind(what: string, fix: string, is: (value: string) => boolean): ValueKind {
  return { what, fix, is: (value) => is(String(value)), when: 'filled' };
}

/** The same kind where an empty value is wrong. */
export function given(kind: ValueKind): ValueKind {
  return { ...kind, when: 'given' };
}

/** The same kind where the field must be there. */
export function always(kind: ValueKind): ValueKind {
  return { ...kind, when: 'always' };
}

/** A number within limits, both included. */
export function between(low: number, high = Number.POSITIVE_INFINITY): ValueKind {
  const limits = high === Number.POSITIVE_INFINITY ? `${low} or more` : `a number from ${low} to ${high}`;
  return {
    what: limits,
    fix: `give ${limits}`,
    is: (value) => typeof value === 'number' && value >= low && value <= high,
    when: 'given',
  };
}

/** One of some texts; Kubernetes' OpenAPI does not list them. */
export function oneOf(...known: readonly string[]): ValueKind {
  const list = known.join(', ');
  return textKind(`one of ${list}`, `use one of ${list}`, (text) => known.includes(text));
}

export const filled = always(textKind('anything', 'give it a value', (text) => text !== ''));

export const label = textKind(
  'a name of lower case letters, digits and "-"',
  'use lower case letters, digits and "-", at most 63',
  isLabelName,
);

export const serviceLabel = textKind(
  'the name of a Service',
  'use lower case letters, digits and "-", at most 63, and begin with a letter',
  (text) => isLabelName(text) && /^[a-z]/.test(text),
);

export const subdomain = textKind(
  'a name of lower case letters, digits, "-" and "."',
  'use lower case letters, digits, "-" and ".", and begin and end with a letter or a digit',
  isSubdomain,
);

export const wildcardDomain = textKind(
  'a domain',
  'write a domain name in lower case, or "*.<domain>"',
  (text) => isSubdomain(text.replace(/^\*\./, '')),
);

export const qualified = textKind(
  'a name such as example.com/name',
  'use letters, digits, "-", "_" and ".", at most 63, after a domain in lower case and "/" if you like',
  isQualifiedName,
);

export const domainPath = textKind('a name such as example.com/name', 'write <domain>/<name>', (text) => {
  const [domain = '', ...rest] = text.split('/');
  return isSubdomain(domain) && rest.length > 0 && rest.join('/') !== '';
});

export const labelValue = textKind(
  'the value of a label',
  'use at most 63 letters, digits, "-", "_" and ".", and begin and end with a letter or a digit',
  isLabelValue,
);

export const pathSegment = textKind(
  'a name without "/" and "%"',
  'leave out "/" and "%"',
  (text) => text !== '.' && text !== '..' && !/[/%]/.test(text),
);

export const dataKey = textKind(
  'a key of a ConfigMap or a Secret',
  'use letters, digits, "-", "_" and "."',
  (text) => /^[-._a-zA-Z0-9]{1,253}$/.test(text) && text !== '.' && !text.startsWith('..'),
);

export const relativePath = textKind(
  'a path below a folder',
  'leave out a "/" in front, and ".."',
  (text) => !text.startsWith('/') && !text.split('/').includes('..'),
);

export const localPath = textKind(
  'a path below a folder',
  'leave out a "/" in front, and ".." there',
  (text) => !text.startsWith('/') && !text.split('/').includes('..') && !text.startsWith('..'),
);

export const absolutePath = textKind('an absolute path', 'begin it with "/"', (text) => text.startsWith('/'));

export const withoutParents = textKind(
  'a path without ".."',
  'leave out ".."',
  (text) => !text.split('/').includes('..'),
);

/** Older objects have addresses such as 010.0.0.1, which the API server still reads. */
function withoutZeros(address: string): string {
  return address.includes(':') ? address : address.replace(/\b0+(?=\d)/g, '');
}

export const address = textKind(
  'an IP address',
  'write one such as 10.0.0.1',
  (text) => isIP(withoutZeros(text)) !== 0 && !text.includes('%'),
);

export const block = textKind(
  'a block of addresses',
  'write one such as 10.0.0.0/8',
  (text) => text.includes('/') && isAddressOrBlock(withoutZeros(text.trim())),
);

/** Of what a pod is: as variables and as files. */
const POD_FIELDS =
  /^metadata\.(name|namespace|uid|annotations|labels)$|^metadata\.(annotations|labels)\['[^']+'\]$/;
const POD_PLACES =
  /^(metadata\.(name|namespace|uid)|metadata\.(annotations|labels)\['[^']+'\]|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/;

export const podFileField = textKind(
  'a field of a pod that can become a file',
  "use one of the metadata's: name, namespace, uid, labels, annotations",
  (text) => POD_FIELDS.test(text),
);

export const podField = textKind(
  'a field of a pod that can become a variable',
  "use metadata.name, metadata.namespace, metadata.uid, metadata.labels['<key>'], spec.nodeName, spec.serviceAccountName, status.podIP or status.hostIP",
  (text) => POD_PLACES.test(text),
);

export const containerResource = textKind(
  'a resource of a container',
  'use limits.cpu, limits.memory, limits.ephemeral-storage, or the same of requests',
  (text) => /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(text),
);

export const scaledResource = textKind(
  'a resource of a container',
  'use cpu or memory',
  (text) => /^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(text) || domainPath.is(text),
);

/** Five fields of numbers, ranges, steps and names, or a word such as `@daily`. */
export const schedule = textKind(
  'a schedule of cron',
  'write five fields such as "30 2 * * *"',
  (text) => /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(text) || isCron(text),
);

const CRON: readonly [low: number, high: number, names: readonly string[]][] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 6, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
];

function isCron(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return (
    parts.length === CRON.length && CRON.every((limits, index) => isCronField(parts[index] ?? '', limits))
  );
}

function isCronField(field: string, [low, high, names]: (typeof CRON)[number]): boolean {
  const number = (text: string) => {
    const named = names.indexOf(text.toLowerCase());
    return named >= 0 ? named + low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  return field.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/');
    const [first = '', last = first, ...ends] = range.split('-');
    const any = range === '*' || range === '?';
    const fits = any || (number(first) >= low && number(last) <= high && number(first) <= number(last));
    return fits && more.length === 0 && ends.length === 0 && (step === undefined || /^[1-9]\d*$/.test(step));
  });
}

export const timeZone = given(
  textKind('a time zone', 'write one such as Europe/Vienna', (text) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return /^[A-Za-z]/.test(text) && text.toLowerCase() !== 'local';
    } catch {
      return false;
    }
  }),
);
