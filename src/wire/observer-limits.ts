/** How much of the traffic an observer keeps; what lies beyond still flows, and is counted. */
export interface ObserverLimits {
  /** Entity bytes kept of one message. */
  bodyBytes: number;
  /** Bytes of one message head (or one header block, or one set of trailers): more counts as unparsable. */
  headBytes: number;
}

export const DEFAULT_OBSERVER_LIMITS: ObserverLimits = { bodyBytes: 64 * 1024 * 1024, headBytes: 256 * 1024 };
