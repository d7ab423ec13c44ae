import * as z from 'zod';
import { duration } from './duration';

/** The `gate` field of a migration: what has to hold before it moves on. */

const percentage = z.number().min(0, 'must be 0 to 100').max(100, 'must be 0 to 100');

export const gateSchema = z
  .strictObject({
    metrics: z
      .enum(['istio', 'envoy'])
      .default('istio')
      .describe(
        "What Prometheus is asked for. istio: Istio's standard metrics, as callers report them. envoy: the clusters of the callers' Envoys, one for each subset; needs proxyStatsMatcher to include them.",
      ),
    window: duration.default('5m').describe('How far back requests are looked at.'),
    soak: duration
      .or(z.literal('0s'))
      .default('10m')
      .describe('How long a phase has to be current before the next; 0s: not at all.'),
    minRequests: z
      .int()
      .min(1, 'must be at least 1')
      .default(100)
      .describe('Requests within the window that a rate is judged from; with fewer the answer is "not yet".'),
    success: z
      .strictObject({
        min: percentage
          .default(99)
          .describe('Least success rate in percent. A failure is a 5xx, or its like in gRPC.'),
        belowVm: percentage
          .default(1)
          .describe(
            "How many percentage points the pods may be below the VM's own rate of the last `baseline`.",
          ),
      })
      .prefault({})
      .describe('Success of the requests that pods answer.'),
    latency: z
      .strictObject({
        percentile: z
          .number()
          .min(1, 'must be 1 to 99.99')
          .max(99.99, 'must be 1 to 99.99')
          .default(99)
          .describe('Percentile that is looked at.'),
        max: duration.optional().describe('Most that it may be. Default: no fixed bound.'),
        aboveVm: z
          .number()
          .min(0, 'must not be negative')
          .default(25)
          .describe(
            "How many percent the pods may be above the VM's own of the last `baseline`; 10 ms are always allowed.",
          ),
      })
      .prefault({})
      .describe('Time that pods take to answer, as callers see it.'),
    baseline: duration.default('1h').describe("How far back the VM's own rate and latency are taken from."),
    connections: z
      .int()
      .min(0, 'must not be negative')
      .default(0)
      .describe('Most TCP connections to the VM that may be open when it is retired.'),
  })
  .describe('What has to hold before the migration moves on; `meshferry gate` asks.');

/** A gate as the user may write it. */
export type GateInput = z.input<typeof gateSchema>;
/** A gate with its defaults filled in. */
export type Gate = Readonly<z.output<typeof gateSchema>>;
