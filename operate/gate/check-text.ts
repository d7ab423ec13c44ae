import type { GateCheck, Outcome } from './verdict';

/** A measurement against a bound: `success of pods 98.69 % < 99 % (5 min, n=1204)`. */
export function measured(options: {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  /** What a good value is: at most or at least the bound. */
  readonly good: 'atMost' | 'atLeast';
  readonly unit: '%' | 'ms' | '';
  readonly basis: string;
  readonly query: string;
}): GateCheck {
  const { name, value, bound, good, unit, basis, query } = options;
  const isGood = good === 'atMost' ? value <= bound : value >= bound;
  const [found, limit] = [amount(value, unit), amount(bound, unit)];
  const [is, should] = good === 'atMost' ? [isGood ? '≤' : '>', '≤'] : [isGood ? '≥' : '<', '≥'];
  return {
    name,
    outcome: isGood ? 'go' : 'halt',
    value: found,
    bound: `${should} ${limit}`,
    basis,
    text: `${name} ${found} ${is} ${limit} (${basis})`,
    query,
  };
}

/** An answer in words. */
export function observed(
  name: string,
  outcome: Outcome,
  value: string,
  bound: string,
  more: { readonly basis?: string; readonly query?: string } = {},
): GateCheck {
  const text = `${name}: ${value}${outcome === 'go' ? '' : `, wanted ${bound}`}${more.basis ? ` (${more.basis})` : ''}`;
  return { name, outcome, value, bound, text, ...more };
}

function amount(value: number, unit: string): string {
  // Two digits, and not rounded over a bound: 98.997 % must not read as 99 %.
  const text = String(Math.trunc(value * 100) / 100);
  return unit ? `${text} ${unit}` : text;
}

/** A duration of the schema for people: `5 min`. */
export function spell(duration: string): string {
  const words: Readonly<Record<string, string>> = { ms: 'ms', s: 's', m: 'min', h: 'h' };
  return [...duration.matchAll(/([0-9.]+)(ms|s|m|h)/g)]
    .map(([, number, unit]) => `${number} ${words[unit ?? '']}`)
    .join(' ');
}
