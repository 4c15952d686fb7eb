import type { Socket } from 'node:net';
import { now } from '../base/clock.js';
import type { Carriage, OpenTap, Tap } from '../wire/index.js';
import type { LeafFor } from './certificates/leaves.js';
import type { Credentials } from './client/credentials.js';
import type { ProxyFact, ProxyFailure } from './facts.js';
import { openGuardedTap } from './guarded-tap.js';
import { type PipeEnd, plainEnd } from './pipe-end.js';
import type { Refusals } from './refusals.js';
import { splice } from './splice.js';
import type { Route } from './upstream/dial.js';
import type { OpenUpstreamTls } from './upstream/upstream-tls.js';

/** What every connection of one proxy shares. */
export interface ProxyContext {
  route: Route;
  isIntercepted: (host: string, port: number) => boolean;
  /** Clients that refuse our certificate. */
  refusals: Refusals;
  /** `host:port` of servers whose certificate did not verify when they were called last: each is reported once. */
  untrusted: Set<string>;
  /** Null where nothing is intercepted. */
  leafFor: LeafFor | null;
  openUpstreamTls: OpenUpstreamTls;
  /** What clients must show; null: nothing. */
  credentials: Credentials | null;
  headTimeoutMs: number;
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

/** Passes a connection on without reading it. */
export function passUnread(
  context: ProxyContext,
  connection: ClientConnection,
  upstream: PipeEnd,
  { host, port }: { host: string; port: number },
): void {
  context.onFact({ type: 'tunnelled', host, port, at: now() });
  connection.handOver();
  splice(plainEnd(connection.socket), upstream, null);
}

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
