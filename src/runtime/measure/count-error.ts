/**
 * refused: the API does not count this request; no_model: it counts no request for this model; unauthorized: it does not accept the
 * key; unavailable: it did not answer in time, or asks to try later; no_api: the answer is not one of `count_tokens`.
 */
export type CountFailure = 'refused' | 'no_model' | 'unauthorized' | 'unavailable' | 'no_api';

/** A request was not counted. The error never has the API's whole answer, which could repeat the request. */
export class CountError extends Error {
  override readonly name = 'CountError';
  readonly code: CountFailure;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** The API's own name for the error, such as `rate_limit_error`, or the code of a connection that failed. */
  readonly reason: string | null;

  constructor(code: CountFailure, status: number | null, reason: string | null) {
    super(`${code} (${[status, reason].filter((part) => part !== null).join(' ')})`);
    this.code = code;
    this.status = status;
    this.reason = reason;
  }
}
