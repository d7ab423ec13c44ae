import type { IncomingHttpHeaders } from 'node:http';

/** A refusal of the API server. */
export class ApiError extends Error {
  /**
   * @param status HTTP status
   * @param message what the API server says
   * @param retryAfterMs how long it asks to be left alone, in milliseconds; undefined where it does not ask
   */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The error of an answer with a status of 300 or more. */
export function apiError(status: number, body: string, headers: IncomingHttpHeaders): ApiError {
  const retryAfterMs = status === 429 || status === 503 ? pauseOf(headers['retry-after']) : undefined;
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return new ApiError(status, message ?? `HTTP ${status}`, retryAfterMs);
  } catch {
    return new ApiError(status, `HTTP ${status}`, retryAfterMs);
  }
}

/** Retry-After is a number of seconds, or a date. */
function pauseOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
