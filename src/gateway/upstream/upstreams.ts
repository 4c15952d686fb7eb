import type { RpcMessage } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import type { GatewayRequest, Identity, Method, Refusal } from '../request.js';

/** What a route forwards to: http or stdio, one or many. */
export interface Upstreams {
  /** The upstream that has the session of the request, or the next one. */
  choose(request: GatewayRequest): Promise<Chosen | Refusal>;
  /** Tells upstream that nobody uses a session of it any more. Best effort: never throws. */
  end(upstream: string, session: string): void;
  /** Ends idle connections and children at once, busy ones after the grace. */
  close(graceMs: number): Promise<void>;
}

export interface Chosen {
  /** Name of the upstream. */
  upstream: string;
  /** Names of the client's headers that this upstream gets besides those of MCP. */
  forwardHeaders: readonly string[];
  /** @throws UpstreamError without an answer */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

export interface UpstreamRequest {
  method: Method;
  /** Without the client's credentials and session. */
  headers: HeaderList;
  /** Upstream's own id; null: none yet. */
  session: string | null;
  body: Uint8Array;
  /** Of the body. */
  messages: readonly RpcMessage[];
  /** The client: the very object that authentication made. */
  identity: Identity | null;
  /** The body has a request, which upstream answers when it likes; false for answers and notifications, which must not wait for it. */
  isRequest: boolean;
  /** The client is gone, or the time is over. */
  signal: AbortSignal;
}

export interface UpstreamAnswer {
  status: number;
  headers: HeaderList;
  /** The upstream that answered, if it is not the one that was chosen first. */
  upstream?: string;
  /** Upstream's own id of a new session; null: none. */
  session: string | null;
  /** JSON or SSE, as it comes. */
  body: AsyncIterable<Uint8Array>;
}
