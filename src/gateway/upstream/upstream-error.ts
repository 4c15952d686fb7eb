import type { UpstreamErrorKind } from '../facts.js';

const NEVER_REACHED: ReadonlySet<UpstreamErrorKind> = new Set(['refused', 'dns', 'tls', 'full']);

/** Upstream gave no answer, or not all of it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamErrorKind;
  /** Whether upstream got nothing of the request: then it may be repeated, whatever it is. */
  readonly neverReached: boolean;

  /** @param neverReached default: the kind says so */
  constructor(kind: UpstreamErrorKind, message: string, { neverReached = NEVER_REACHED.has(kind) } = {}) {
    super(message);
    this.kind = kind;
    this.neverReached = neverReached;
  }
}
