import * as z from 'zod';

const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const DURATION_RULE = 'must be a duration such as 500ms, 3s or 1m';

/** A duration as Go, and so Istio, writes it: 500ms, 3s, 1m30s. */
export const duration = z
  .string({ error: ({ input }) => (typeof input === 'number' ? `${input} ${DURATION_RULE}` : undefined) })
  .regex(DURATION, { error: DURATION_RULE, abort: true })
  .refine((text) => milliseconds(text) >= 1, "must be at least 1ms, Istio's shortest duration");

/** A duration of the schema in milliseconds: `1m30s` is 90,000. */
export function milliseconds(text: string): number {
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    sum += Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0);
  }
  return sum;
}
