import type { Probe } from '../kubernetes/objects';

/** Seconds between probes where the group states neither period nor failures. */
const PERIOD_SECONDS = 2;
/** Failures in a row until it counts: five seconds on average, as with one failure and a period of ten. */
const FAILURES = 3;

/**
 * The probe as it is run on the machine. Where the group states neither a period nor a number of failures, Istio
 * asks once at its start and then every ten seconds. That first question comes before Envoy is ready, so that it
 * fails, counts at once, and a machine whose service has long been up stays out of traffic for ten seconds, at every
 * restart of Istio. Asked every two seconds, and unhealthy after three failures, it is Healthy two seconds after
 * Envoy is, and its death is noticed after five seconds on average, as before. A group that states either is obeyed.
 */
export function quickProbe<T extends Probe | undefined>(probe: T): T {
  if (probe === undefined || probe.periodSeconds || probe.failureThreshold) return probe;
  return { ...probe, periodSeconds: PERIOD_SECONDS, failureThreshold: FAILURES };
}
