/**
 * What the proxy calls for each connection that it intercepts. It knows nothing else of an observer; `observe` makes one that reads
 * HTTP. Times (`at`) are unix milliseconds with fractions, read on the proxy's event loop when the bytes were there.
 */

/** How the client's bytes reach the proxy: intercepted TLS, plain bytes inside CONNECT, or an absolute-form request. */
export type Carriage = 'tls' | 'plain' | 'absolute-form';

/** A connection whose bytes are observed, with both sides open, before the first application byte. */
export interface ObservedConnection {
  /** Unique in this process. */
  id: number;
  host: string;
  port: number;
  carriage: Carriage;
  /** The protocol that ALPN chose: `h2`, `http/1.1`; null without one. */
  alpn: string | null;
  openedAt: number;
}

/** Why a connection ended, as the proxy sees it. */
export interface Closed {
  /** The side that ended first. */
  by: 'client' | 'upstream' | 'proxy';
  how: 'fin' | 'reset';
  /** The system's error code: ECONNRESET, EPIPE, ETIMEDOUT; null without one. */
  code: string | null;
}

/**
 * The observer of one connection. Chunks are shared with the pipe: an observer may keep them, but must not write to them. The proxy
 * calls it in order, perhaps some time after the bytes have passed. An observer that throws is dropped and reported, and the bytes go on.
 */
export interface Observer {
  /** Application bytes read from the client, at that time. */
  clientBytes(chunk: Uint8Array, at: number): void;
  /** Application bytes read from upstream, at that time. */
  upstreamBytes(chunk: Uint8Array, at: number): void;
  /** Upstream's socket has accepted this many of the client's bytes. */
  forwarded(total: number, at: number): void;
  /** The client's socket has accepted this many of upstream's bytes. */
  delivered(total: number, at: number): void;
  /** The client sent FIN (close_notify); upstream may continue. */
  clientEnded(at: number): void;
  /** Upstream sent FIN (close_notify), which ends a body that the end of the connection delimits. */
  upstreamEnded(at: number): void;
  /** Both sides are gone. The last call. */
  closed(closed: Closed, at: number): void;
}

/** Called once for each connection to observe. @returns null to let it pass unobserved */
export type OpenObserver = (connection: ObservedConnection) => Observer | null;
