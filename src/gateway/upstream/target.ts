import type { UpstreamAnswer, UpstreamRequest } from './upstreams.js';

/** One upstream of a route: a server over HTTP, or a program and its children. */
export interface Target {
  name: string;
  /** For weighted balancing. */
  weight: number;
  /** Names of the client's headers that it gets besides those of MCP. */
  forwardHeaders: readonly string[];
  /** @throws UpstreamError without an answer; `body` of the answer throws one where it breaks */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Whether it works, asked from outside. @throws UpstreamError where it does not */
  check(signal: AbortSignal): Promise<void>;
  /** Tells it that nobody uses a session any more. Best effort: never throws. */
  end(session: string): void;
  /** Ends idle connections and children at once, busy ones after the grace. */
  close(graceMs: number): Promise<void>;
}
