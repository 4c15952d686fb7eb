/** What the load client is asked for: one turn of one contestant. */
export interface Turn {
  workload: string;
  maxSeconds: number;
}

/** What it found. Latencies are of whole exchanges: from writing the request to the last byte of its answer. */
export interface Measurement {
  /** Answered rightly. */
  requests: number;
  /** Everything else: no answer, a wrong one, a connection that failed. */
  errors: number;
  /** The first few, in words. */
  errorSamples: string[];
  seconds: number;
  /** Null when nothing was answered. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** Of a workload with a pace: milliseconds to the first byte of each answer, and of each event's way. */
  paced: { firstByteMs: number[]; eventMs: number[] } | null;
  /** Requests written since the client started, warm-up and failed ones included. */
  sentSoFar: number;
}
