import { holdsStream, isEnvoyReady } from '../machine/envoy';
import { reconnectToIstiod } from '../machine/istiod-connection';

/** An API server may refuse a good token for a moment, as one does that is only starting. */
const REFUSED_MS = 60_000;
/** An Envoy without configuration serves nobody, and holds up what the machine itself calls. */
const IDLE_MS = 60_000;
/** So many looks in a row. */
const HELD_LOOKS = 3;
/** One that may serve is left alone for longer than istiod is ever away. */
const SERVING_MS = 600_000;

/** What is asked about Istio on this machine. */
export interface IstioView {
  /** Makes the connection to istiod anew, so that istiod decides anew whether it takes this machine. */
  readonly reconnect: () => Promise<unknown>;
  /** Whether the stream to istiod stands at this moment. */
  readonly holdsStream: () => Promise<boolean>;
  /** Whether Envoy has had a configuration. */
  readonly isReady: () => Promise<boolean>;
}

const MACHINE: IstioView = { reconnect: reconnectToIstiod, holdsStream, isReady: isEnvoyReady };

/**
 * Notices a retirement that nobody could tell this machine of, because it was switched off or cut off then: the agent's
 * account went with its group, so that the API server answers no question any more. It takes two witnesses: the API
 * server refuses a token that has not ended, and istiod does not take the machine either.
 */
export class Disowned {
  private refusedSince: number | undefined;
  private awaySince: number | undefined;
  private heldLooks = 0;

  constructor(
    private readonly istio: IstioView = MACHINE,
    private readonly now: () => number = Date.now,
  ) {}

  /** The API server refused the token, though it has not ended. */
  refused(): void {
    this.refusedSince ??= this.now();
  }

  /** The API server answered, or the token is another one by now. */
  accepted(): void {
    this.refusedSince = undefined;
    this.awaySince = undefined;
  }

  /** Whether the API server refuses the machine now. */
  get isRefused(): boolean {
    return this.refusedSince !== undefined;
  }

  /** Whether both have let this machine go for good. To be asked every few seconds. */
  async isCertain(): Promise<boolean> {
    if (this.refusedSince === undefined || this.now() - this.refusedSince < REFUSED_MS) return false;
    if (this.awaySince === undefined) {
      this.awaySince = this.now();
      this.heldLooks = 0;
      await this.istio.reconnect();
      return false;
    }
    // A stream that istiod refuses stands for a moment at each try: one that stands at look after look was taken.
    this.heldLooks = (await this.istio.holdsStream()) ? this.heldLooks + 1 : 0;
    if (this.heldLooks >= HELD_LOOKS) this.awaySince = this.now();
    const patience = (await this.istio.isReady()) ? SERVING_MS : IDLE_MS;
    return this.now() - this.awaySince > patience;
  }
}
