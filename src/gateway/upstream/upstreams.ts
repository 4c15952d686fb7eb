import type { RpcMessage } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import type { CancelSignal } from '../cancel-signal.js';
import type { GatewayRequest, Identity, Method, Refusal } from '../request.js';
import type { UpstreamError } from './upstream-error.js';

/** The upstreams of a route: http or stdio, one or many. */
export interface Upstreams {
  /** The upstream that has the session of the request, or the next one. */
  choose(request: GatewayRequest): Chosen | Refusal;
  /** Ends a session of an upstream that nobody uses any more. Best effort: never throws. @param free default: at once */
  end(upstream: string, session: string, free?: Promise<void>): void;
  /** Ends idle connections and children at once, busy ones after the grace period. */
  close(graceMs: number): Promise<void>;
}

export interface Chosen {
  /** Name of the upstream that is asked; another one once a request was repeated elsewhere. */
  readonly upstream: string;
  /** @throws UpstreamError without an answer */
  send(request: RoutedRequest): Promise<UpstreamAnswer>;
}

/** A request for one upstream or another. */
export interface RoutedRequest extends Omit<UpstreamRequest, 'headers'> {
  /** Headers for an upstream that also gets those of the client that have these names. */
  headersFor(forwarded: readonly string[]): HeaderList;
}

export interface UpstreamRequest {
  method: Method;
  /** Headers without the client's credentials and session. */
  headers: HeaderList;
  /** Upstream's own id; null before it has given one. */
  session: string | null;
  body: Uint8Array;
  /** The messages in the body. */
  messages: readonly RpcMessage[];
  /** The client: the object of `authenticate` itself. */
  identity: Identity | null;
  /** Whether the body has a request, which may take any time to be answered; answers and notifications must not wait for it. */
  isRequest: boolean;
  /** Called with header lines that have a token which the gateway obtained, before the upstream gets them. */
  onCredentials?: ((headers: HeaderList) => void) | undefined;
  /** Called when the request will be sent once more, with what came of it so far. */
  onRepeat?: ((failed: FailedAttempt) => void) | undefined;
  /** Aborted when the client is gone, or the time is over. */
  signal: CancelSignal;
}

/** An attempt after which another one is made. */
export interface FailedAttempt {
  upstream: string;
  /** Unix ms of its end, and of the beginning of the next one. */
  at: number;
  nextAt: number;
  /** The error, or the status of the answer. */
  failure: UpstreamError | number;
}

export interface UpstreamAnswer {
  status: number;
  headers: HeaderList;
  /** The upstream that answered, if it is not the one that was chosen first. */
  upstream?: string;
  /** Upstream's own id of a new session, or null. */
  session: string | null;
  /** JSON or SSE, as it comes; a `WholeBody` if it has come. */
  body: AsyncIterable<Uint8Array>;
}
