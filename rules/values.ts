import { isIP, isIPv4, isIPv6 } from 'node:net';
import { RE2JS } from 're2js';
import type { Path } from '../manifests/manifest';
import { type Broken, isSet } from './broken';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** Nanoseconds of a duration as Go writes it (`1m30s`), undefined where it is none. */
export function nanoseconds(duration: string): number | undefined {
  if (!/^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(duration)) return undefined;
  const parts = duration.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g);
  const sum = [...parts].reduce(
    (total, [, number, unit]) => total + Number(number) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return (duration.startsWith('-') ? -1 : 1) * Math.round(sum);
}

/** A duration of which Istio takes whole milliseconds, one at least. */
export function* durationRule(
  value: unknown,
  path: Path,
  options: { zero?: boolean } = {},
): Generator<Broken> {
  if (typeof value !== 'string') return;
  const length = nanoseconds(value);
  if (options.zero && length !== undefined && Math.trunc(length / 1e6) === 0) return;
  if (length === undefined)
    yield {
      path,
      message: `"${value}" is no duration`,
      fix: 'write a number and a unit, such as 500ms or 10s',
    };
  else if (length < 1e6)
    yield { path, message: `the duration ${value} is shorter than 1ms`, fix: 'give 1ms or more' };
  else if (length % 1e6 !== 0)
    yield {
      path,
      message: `the duration ${value} is finer than a millisecond`,
      fix: 'give whole milliseconds',
    };
}

/** A port number. */
export function* portRule(value: unknown, path: Path): Generator<Broken> {
  if (typeof value !== 'number' || (Number.isInteger(value) && value >= 1 && value <= 65535)) return;
  yield { path, message: `${value} is no port number`, fix: 'give a number from 1 to 65535' };
}

/** A whole number that must not be negative. */
export function* notNegative(
  part: Readonly<Record<string, unknown>>,
  key: string,
  path: Path,
): Generator<Broken> {
  const value = part[key];
  if (typeof value !== 'number' || value >= 0) return;
  yield { path: [...path, key], message: `${key} is negative: ${value}`, fix: 'give 0 or more' };
}

/** A number within limits, both included. */
export function* rangeRule(value: unknown, low: number, high: number, path: Path): Generator<Broken> {
  if (typeof value !== 'number' || (value >= low && value <= high)) return;
  yield {
    path,
    message: `${value} is not from ${low} to ${high}`,
    fix: `give a number from ${low} to ${high}`,
  };
}

/** Whether a text is an IP address. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** Whether a text is an IP address, or a block of them: `10.0.0.0/8`. */
export function isAddressOrBlock(text: string): boolean {
  if (!text.includes('/')) return isAddress(text);
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || address.includes('%') || !/^(0|[1-9]\d?\d?)$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

/** A path of a Unix domain socket, after `unix://`. */
export function isSocketPath(path: string): boolean {
  return path.startsWith('@') || (path.startsWith('/') && !path.endsWith('/'));
}

const patterns = new Map<string, string | undefined>();

/** Why a text is no regular expression for Envoy, undefined where it is one. */
export function regexProblem(pattern: string): string | undefined {
  if (Buffer.byteLength(pattern) > 1024) return 'is longer than 1024 bytes';
  if (!patterns.has(pattern)) patterns.set(pattern, compileProblem(pattern));
  return patterns.get(pattern);
}

function compileProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return `is no RE2 expression: ${(error as Error).message}`;
  }
}

/** A regular expression that Envoy compiles. */
export function* regexRule(value: unknown, path: Path): Generator<Broken> {
  const problem = typeof value === 'string' && isSet(value) ? regexProblem(value) : undefined;
  if (problem)
    yield {
      path,
      message: `${JSON.stringify(value)} ${problem}`,
      fix: 'write it in RE2 syntax, which has no lookahead and no backreference (https://github.com/google/re2/wiki/Syntax)',
    };
}
