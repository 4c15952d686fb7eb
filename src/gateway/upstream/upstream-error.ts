import type { UpstreamErrorKind } from '../facts.js';

const NEVER_REACHED: ReadonlySet<UpstreamErrorKind> = new Set(['refused', 'dns', 'tls', 'full']);

/** Upstream gave no answer, or not all of it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamErrorKind;

  constructor(kind: UpstreamErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }

  /** Upstream got nothing of the request, so any request may be repeated. */
  get neverReached(): boolean {
    return NEVER_REACHED.has(this.kind);
  }
}
