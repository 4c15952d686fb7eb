import type { Socket } from 'node:net';
import { now } from './clock.js';
import type { Route } from './dial.js';
import type { Carriage, OpenTap, ProxyFact, ProxyFailure, Tap } from './facts.js';
import { openGuardedTap } from './guarded-tap.js';
import type { LeafFor } from './leaves.js';
import type { OpenUpstreamTls } from './upstream-tls.js';

/** What every connection of one proxy shares. */
export interface ProxyContext {
  route: Route;
  isIntercepted: (host: string, port: number) => boolean;
  /**
   * For a server whose certificate we cannot verify: it is tunnelled from now on. The client may trust it by means of its
   * own, and verifies it end to end then.
   */
  stopIntercepting: (host: string, port: number) => void;
  /** Null where nothing is intercepted. */
  leafFor: LeafFor | null;
  openUpstreamTls: OpenUpstreamTls;
  openTap: OpenTap;
  onFact: (fact: ProxyFact) => void;
}

/** One client connection on its way: `gone` is aborted when the client leaves before the pipe stands. */
export interface ClientConnection {
  socket: Socket;
  gone: AbortSignal;
  /** From here on the pipe watches both ends itself. */
  handOver(): void;
}

export function fail(context: ProxyContext, failure: ProxyFailure): void {
  context.onFact({ type: 'failed', failure, at: now() });
}

let connections = 0;

/** Reports an intercepted connection, both sides of which are open, and opens its tap. */
export function observe(
  context: ProxyContext,
  host: string,
  port: number,
  carriage: Carriage,
  alpn: string | null,
): Tap | null {
  const openedAt = now();
  context.onFact({ type: 'intercepted', host, port, at: openedAt });
  connections += 1;
  return openGuardedTap(context.openTap, { id: connections, host, port, carriage, alpn, openedAt }, (message) =>
    context.onFact({ type: 'tap_failed', host, message, at: now() }),
  );
}
