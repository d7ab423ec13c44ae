/** Prometheus did not answer, or refused the query. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
}

const TIMEOUT_MS = 10_000;

/** Asks a Prometheus, or what speaks its API. */
export class Prometheus {
  readonly #url: URL;

  /**
   * @param url of its web page, e.g. `http://localhost:9090`; a path is kept
   * @param token sent as a bearer token. @default none
   */
  constructor(
    url: string,
    readonly token?: string,
  ) {
    try {
      this.#url = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`);
    } catch {
      throw new PrometheusError(
        `✖ ${url} is no address of Prometheus: give one such as http://localhost:9090`,
      );
    }
  }

  /**
   * The one number that a query yields.
   *
   * @returns undefined for an empty answer, and for one that is not a number (NaN, infinite): neither says anything
   * @throws PrometheusError with what is wrong
   */
  async number(query: string): Promise<number | undefined> {
    const samples = await this.#ask(query);
    if (samples.length > 1) {
      throw new PrometheusError(
        `✖ Prometheus found ${samples.length} series where one number was asked for: ${query}`,
      );
    }
    const value = Number(samples[0]?.value?.[1] ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  async #ask(query: string): Promise<readonly { readonly value?: readonly [number, string] }[]> {
    const where = this.#url.origin + this.#url.pathname;
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        body: new URLSearchParams({ query }),
        headers: this.token ? { authorization: `Bearer ${this.token}` } : {},
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      const { message, cause } = error as Error;
      throw new PrometheusError(
        `✖ ${where} does not answer: ${(cause as Error | undefined)?.message || message}`,
      );
    }
    const answer = parse(text);
    if (answer?.status !== 'success' || answer.data?.resultType !== 'vector') {
      const said = answer?.error ?? `HTTP ${response.status}`;
      throw new PrometheusError(`✖ ${where} refuses the query: ${said}\n  query: ${query}`);
    }
    return answer.data.result;
  }
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType?: string;
    readonly result: readonly { readonly value?: readonly [number, string] }[];
  };
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}
