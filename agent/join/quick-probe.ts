import type { Probe } from '../kubernetes/objects';

/** Seconds between probes if the group sets neither a period nor a failure threshold. */
const PERIOD_SECONDS = 2;
/** Consecutive failures until the machine is unhealthy: after five seconds on average, as with Istio's defaults. */
const FAILURES = 3;

/**
 * The probe that runs on the machine. By default Istio probes once when it starts and then every ten seconds, and one
 * failure counts. The first probe runs before Envoy is ready and fails, so that a machine whose service is up gets no
 * traffic for ten seconds after every restart of Istio. With a period of two seconds and a threshold of three
 * failures, the machine is Healthy two seconds after Envoy is ready, and its death is noticed after five seconds on
 * average, as with the defaults. A group that sets either value keeps its own.
 */
export function quickProbe<T extends Probe | undefined>(probe: T): T {
  if (probe === undefined || probe.periodSeconds || probe.failureThreshold) return probe;
  return { ...probe, periodSeconds: PERIOD_SECONDS, failureThreshold: FAILURES };
}
