import type { UpstreamErrorKind } from '../facts.js';

const NEVER_REACHED: ReadonlySet<UpstreamErrorKind> = new Set(['refused', 'dns', 'tls', 'full']);

export interface UpstreamErrorDetails {
  /** Upstream got nothing of the request. Default: the kind says so. */
  neverReached?: boolean;
  /** When to ask again; null: it is not known. */
  retryInMs?: number | null;
}

/** Upstream gave no answer, or not all of it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamErrorKind;
  /** Upstream got nothing of the request, so any request may be repeated. */
  readonly neverReached: boolean;
  readonly retryInMs: number | null;

  constructor(
    kind: UpstreamErrorKind,
    message: string,
    { neverReached = NEVER_REACHED.has(kind), retryInMs = null }: UpstreamErrorDetails = {},
  ) {
    super(message);
    this.kind = kind;
    this.neverReached = neverReached;
    this.retryInMs = retryInMs;
  }
}
