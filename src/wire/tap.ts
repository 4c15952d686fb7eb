/**
 * What a tap on the API's traffic is called with: a connection, its bytes, its end. The proxy calls it and knows no more of it;
 * `observeConnection` makes one that reads HTTP. Times (`at`) are unix milliseconds with fractions, read on the proxy's own event
 * loop when the bytes were there.
 */

/** How the client's bytes reach the proxy: intercepted TLS, plain bytes inside CONNECT, or an absolute-form request. */
export type Carriage = 'tls' | 'plain' | 'absolute-form';

/** A connection whose bytes are observed; made when both sides are open, before the first application byte. */
export interface ObservedConnection {
  /** Unique in this process. */
  id: number;
  host: string;
  port: number;
  carriage: Carriage;
  /** What ALPN chose: `h2`, `http/1.1`, or null where nothing was negotiated. */
  alpn: string | null;
  openedAt: number;
}

/** Why a connection is gone, seen from the proxy. */
export interface Closed {
  /** Which side's end came first. */
  by: 'client' | 'upstream' | 'proxy';
  how: 'fin' | 'reset';
  /** The system's error code when there was one: ECONNRESET, EPIPE, ETIMEDOUT. */
  code: string | null;
}

/**
 * The observer of one connection. Chunks are shared with the pipe: keep references if you like, never write to them.
 * The proxy calls these synchronously; whatever they throw is counted, the tap is dropped and the bytes go on.
 */
export interface Tap {
  /** Application bytes read from the client, before they are written upstream. */
  clientBytes(chunk: Uint8Array, at: number): void;
  /** Application bytes read from upstream, before they are written to the client. */
  upstreamBytes(chunk: Uint8Array, at: number): void;
  /** Upstream's socket accepted the client's bytes up to this total. */
  forwarded(total: number, at: number): void;
  /** The client's socket accepted upstream's bytes up to this total. */
  delivered(total: number, at: number): void;
  /** The client sent FIN (close_notify); upstream may go on. */
  clientEnded(at: number): void;
  /** Upstream sent FIN (close_notify): ends a body that is delimited by the end of the connection. */
  upstreamEnded(at: number): void;
  /** Both sides are gone. The last call; nothing follows. */
  closed(closed: Closed, at: number): void;
}

/** Called once for each observed connection; null to let it pass unobserved. */
export type OpenTap = (connection: ObservedConnection) => Tap | null;
