import type { Socket } from 'node:net';
import { now } from '../base/clock.js';
import type { Carriage, OpenObserver } from '../wire/index.js';
import type { LeafFor } from './certificates/leaves.js';
import type { Challenges } from './client/challenges.js';
import type { Credentials } from './client/credentials.js';
import type { ProxyFact, ProxyFailure } from './facts.js';
import { ProxyError } from './failures.js';
import { openGuardedObserver } from './guarded-observer.js';
import type { ObserverQueue } from './observer-queue.js';
import { type PipeEnd, plainEnd } from './pipe-end.js';
import type { Refusals } from './refusals.js';
import type { Relay, RelayedConnection } from './relay.js';
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
  challenges: Challenges;
  headTimeoutMs: number;
  openObserver: OpenObserver;
  observerQueue: ObserverQueue;
  /** Carries the connections to a host in place of the splice; null if they are spliced. */
  relayFor: (host: string, port: number) => Relay | null;
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

/** An intercepted connection with both sides open. */
interface Intercepted extends Omit<RelayedConnection, 'connection' | 'rewriting'> {
  host: string;
  port: number;
  carriage: Carriage;
  alpn: string | null;
  rewriting?: RelayedConnection['rewriting'];
}

/** Reports it, and carries its bytes: by the relay, or spliced beside an observer. */
export function carry(context: ProxyContext, relay: Relay | null, intercepted: Intercepted): void {
  const { host, port, carriage, alpn, client, upstream, rewriting = null } = intercepted;
  const openedAt = now();
  context.onFact({ type: 'intercepted', host, port, at: openedAt });
  connections += 1;
  const connection = { id: connections, host, port, carriage, alpn, openedAt };
  if (relay !== null) {
    const redial = async (signal: AbortSignal) => {
      try {
        return await intercepted.redial(signal);
      } catch (error) {
        if (error instanceof ProxyError && !signal.aborted) fail(context, error.failure);
        throw error;
      }
    };
    relay.carry({ connection, client, upstream, redial, rewriting });
    return;
  }
  const onFailure = (message: string) => context.onFact({ type: 'observer_failed', host, message, at: now() });
  const observer = openGuardedObserver(context.openObserver, connection, onFailure, context.observerQueue);
  splice(client, upstream, observer, rewriting?.() ?? null);
}
