/** An API server that is starting may refuse a valid token for a moment. */
const REFUSED_MS = 60_000;
/** An Envoy without configuration serves nobody, and delays what the machine itself calls. */
const IDLE_MS = 60_000;
/** An Envoy that may serve is kept for longer than istiod is ever away. */
const SERVING_MS = 600_000;
/** Time between two observations of the stream to istiod. */
const OBSERVE_MS = 5_000;
/** Consecutive observations before a stream counts as accepted. */
const HELD_OBSERVATIONS = 3;

/**
 * Evidence for a retirement that the machine missed, because it was switched off or disconnected at the time: the
 * agent's service account is deleted with its group, so that the API server refuses all of its requests. Two witnesses
 * are needed: the API server refuses a token that has not expired, and istiod does not accept the machine either.
 */
export interface Refusal {
  /** When the API server first refused the token. */
  readonly since: number;
  /** Since when istiod has not accepted the machine; undefined until the connection to it was reset. */
  readonly awaySince: number | undefined;
  readonly observedAt: number;
  /** Consecutive observations of an open stream. */
  readonly held: number;
  /** Whether both have refused the machine for good. */
  readonly isCertain: boolean;
}

/** What one observation of Istio on this machine shows. */
export interface IstioView {
  /** Whether the stream to istiod is open at this moment. */
  readonly holdsStream: boolean;
  /** Whether Envoy has had a configuration. */
  readonly isReady: boolean;
}

/** The API server refused a token that has not expired. */
export function refused(refusal: Refusal | undefined, now: number): Refusal {
  return refusal ?? { since: now, awaySince: undefined, observedAt: now, held: 0, isCertain: false };
}

/** The connection to istiod is reset, so that istiod decides again whether it accepts this machine. */
export function askedIstiod(refusal: Refusal, now: number): Refusal {
  return { ...refusal, awaySince: now, observedAt: now, held: 0 };
}

/** A stream that istiod refuses is open for a moment at each attempt; one that is open every time is accepted. */
export function observed(refusal: Refusal, { holdsStream, isReady }: IstioView, now: number): Refusal {
  const held = holdsStream ? refusal.held + 1 : 0;
  const awaySince = held >= HELD_OBSERVATIONS ? now : (refusal.awaySince ?? now);
  const isCertain = now - awaySince > (isReady ? SERVING_MS : IDLE_MS);
  return { ...refusal, awaySince, observedAt: now, held, isCertain };
}

/** The next witness to hear, and when. */
export function nextWitness({ since, awaySince, observedAt }: Refusal): {
  readonly do: 'ask-istiod' | 'observe-istiod';
  readonly at: number;
} {
  return awaySince === undefined
    ? { do: 'ask-istiod', at: since + REFUSED_MS }
    : { do: 'observe-istiod', at: observedAt + OBSERVE_MS };
}
