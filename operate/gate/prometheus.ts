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
      this.#url = new URL('api/v1/', url.endsWith('/') ? url : `${url}/`);
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

  /**
   * Every sample that a query yields; those that are not numbers are left out.
   *
   * @throws PrometheusError with what is wrong
   */
  async samples(query: string): Promise<readonly Sample[]> {
    return (await this.#ask(query))
      .map(({ metric = {}, value }) => ({ labels: metric, value: Number(value?.[1] ?? Number.NaN) }))
      .filter(({ value }) => Number.isFinite(value));
  }

  /**
   * The one series that a query yields over time, the oldest first; moments that are not numbers are left out.
   *
   * @param range `start` and `end` in seconds since 1970, `step` in seconds
   * @throws PrometheusError with what is wrong
   */
  async range(query: string, range: Range): Promise<readonly Moment[]> {
    const [series] = await this.#ask(query, range);
    return (series?.values ?? [])
      .map(([at, value]) => ({ at, value: Number(value) }))
      .filter(({ value }) => Number.isFinite(value));
  }

  async #ask(query: string, range?: Range): Promise<readonly Series[]> {
    const url = new URL(range ? 'query_range' : 'query', this.#url);
    const where = url.origin + url.pathname;
    const parameters = range && {
      start: String(range.start),
      end: String(range.end),
      step: String(range.step),
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ query, ...parameters }),
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
    if (answer?.status !== 'success' || answer.data?.resultType !== (range ? 'matrix' : 'vector')) {
      const said = answer?.error ?? `HTTP ${response.status}`;
      throw new PrometheusError(`✖ ${where} refuses the query: ${said}\n  query: ${query}`);
    }
    return answer.data.result;
  }
}

/** A number with the labels of its series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A time span, and how far apart its moments are: all in seconds, the first two since 1970. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A number at a time in seconds since 1970. */
export interface Moment {
  readonly at: number;
  readonly value: number;
}

interface Series {
  readonly metric?: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType?: string;
    readonly result: readonly Series[];
  };
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}
