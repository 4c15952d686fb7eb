import type { ObservedConnection } from '../wire/index.js';
import type { Rewriting } from './closing-answer.js';
import type { PipeEnd } from './pipe-end.js';

/** An intercepted connection with both sides open, before its first application byte. */
export interface RelayedConnection {
  connection: ObservedConnection;
  client: PipeEnd;
  upstream: PipeEnd;
  /** Opens upstream once more, in the same way. Aborting destroys the connection. @throws ProxyError, which is reported */
  redial(signal: AbortSignal): Promise<PipeEnd>;
  /** Changes the bytes of one upstream connection before anything else reads them; null to leave them as they are. */
  rewriting: (() => Rewriting) | null;
}

/**
 * Carries connections in place of the splice, and may change their bytes. It speaks only HTTP/1.1: clients that offer only HTTP/2
 * are spliced. An end must pass as an end, and a reset as a reset, as `splice` does.
 */
export interface Relay {
  /** Must not throw. */
  carry(relayed: RelayedConnection): void;
  /** Reports a connection that is spliced instead. */
  leftOut(why: string): void;
}
