/** How much of the traffic an observer keeps. Bytes beyond that still flow, and are counted. */
export interface ObserverLimits {
  /** Entity bytes kept of one message. */
  bodyBytes: number;
  /** Bytes of one message head, header block or set of trailers: a larger one counts as unparsable. */
  headBytes: number;
}

export const DEFAULT_OBSERVER_LIMITS: ObserverLimits = { bodyBytes: 64 * 1024 * 1024, headBytes: 256 * 1024 };
