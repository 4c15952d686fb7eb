import type { Socket } from 'node:net';
import { now } from '../base/clock.js';
import type { Carriage, Observer, OpenObserver } from '../wire/index.js';
import type { LeafFor } from './certificates/leaves.js';
import type { Credentials } from './client/credentials.js';
import type { ProxyFact, ProxyFailure } from './facts.js';
import { openGuardedObserver } from './guarded-observer.js';
import { type PipeEnd, plainEnd } from './pipe-end.js';
import type { Refusals } from './refusals.js';
import { splice } from './splice.js';
import type { Route } from './upstream/dial.js';
import type { OpenUpstreamTls } from './upstream/upstream-tls.js';

/** What all connections of a proxy share. */
export interface ProxyContext {
  route: Route;
  isIntercepted: (host: string, port: number) => boolean;
  /** Hosts of `sharedHosts`. */
  isShared: (host: string, port: number) => boolean;
  /** Clients that refuse our certificate. */
  refusals: Refusals;
  /** `host:port` of servers whose certificate did not verify at the last connection. Each is reported once. */
  untrusted: Set<string>;
  /** Null: nothing is intercepted. */
  leafFor: LeafFor | null;
  openUpstreamTls: OpenUpstreamTls;
  /** What clients must send; null: nothing. */
  credentials: Credentials | null;
  headTimeoutMs: number;
  openObserver: OpenObserver;
  onFact: (fact: ProxyFact) => void;
}

/** A client connection before its pipe is open. `gone` is aborted when the client leaves. */
export interface ClientConnection {
  socket: Socket;
  gone: AbortSignal;
  /** From now on the pipe watches both ends. */
  handOver(): void;
}

export function fail(context: ProxyContext, failure: ProxyFailure): void {
  context.onFact({ type: 'failed', failure, at: now() });
}

let connections = 0;

/** Passes a connection unread. */
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

/** Reports an intercepted connection, with both sides open, and opens its observer. */
export function observe(
  context: ProxyContext,
  host: string,
  port: number,
  carriage: Carriage,
  alpn: string | null,
): Observer | null {
  const openedAt = now();
  context.onFact({ type: 'intercepted', host, port, at: openedAt });
  connections += 1;
  return openGuardedObserver(
    context.openObserver,
    { id: connections, host, port, carriage, alpn, openedAt },
    (message) => context.onFact({ type: 'observer_failed', host, message, at: now() }),
  );
}
