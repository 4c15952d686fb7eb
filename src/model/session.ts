/** A session of Claude Code, with the sums over its requests. */
export interface SessionSummary {
  id: string;
  /** Given by the user; null without one. */
  name: string | null;
  /** The last run that saw it, and the folder of that run. */
  runId: string;
  cwd: string;
  firstSeen: Date;
  lastSeen: Date;
  durationMs: number;
  /** Requests of kind `messages`. The totals include requests that retention has removed. */
  requests: number;
  failedRequests: number;
  /** Stopped by the client; not counted as failed. */
  abortedRequests: number;
  /** Billed, but with estimated or unknown output: output and cost are not exact. */
  estimatedRequests: number;
  inputTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  /** Cost of the requests with a known price; null without any. */
  costUsd: number | null;
  lostUsd: number | null;
  /** The most expensive first. */
  models: string[];
  feedbackCount: number;
  /** -1..1 */
  averageRating: number | null;
}
