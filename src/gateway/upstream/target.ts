import type { UpstreamAnswer, UpstreamRequest } from './upstreams.js';

/** One upstream of a route: a server over HTTP, or a program and its children. */
export interface Target {
  name: string;
  /** Weight for balancing. */
  weight: number;
  /** Names of the client's headers that it gets besides those of MCP. */
  forwardHeaders: readonly string[];
  /** Each session has a server of its own, whose failures say nothing about the others. */
  isolatesSessions: boolean;
  /** @throws UpstreamError without an answer; `body` of the answer throws one if it breaks */
  send(request: UpstreamRequest): Promise<UpstreamAnswer> | UpstreamAnswer;
  /** Checks from outside whether it works. @throws UpstreamError if it does not */
  check(signal: AbortSignal): Promise<void>;
  /** Ends a session that nobody uses any more. Best effort: never throws. @param free resolves when it may end; default: at once */
  end(session: string, free?: Promise<void>): void;
  /** Ends idle connections and children at once, busy ones after the grace period. Sessions that `end` has been given end before. */
  close(graceMs: number): Promise<void>;
}
