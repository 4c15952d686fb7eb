/**
 * What the proxy says about itself: plain data, in named facts. The proxy knows HTTP proxying, TLS and sockets; it knows
 * nothing of Claude and never waits for whoever listens.
 *
 * Times (`at`) are unix milliseconds with fractions, read on the proxy's own event loop when the bytes were there.
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

/** How one side of a connection ended. */
export type SideEnd = 'fin' | 'reset';

/** Why a connection is gone, seen from the proxy. */
export interface Closed {
  /** Which side's end came first. */
  by: 'client' | 'upstream' | 'proxy';
  how: SideEnd;
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

/** The closed set of what can go wrong between the proxy and the outside. */
export type FailureKind =
  | 'bad_request' // the client's request to the proxy made no sense (400)
  | 'unauthenticated' // no or wrong proxy credentials (407)
  | 'loop' // the target is this proxy itself (508)
  | 'dns' // the name did not resolve (502)
  | 'refused' // connection refused (502)
  | 'unreachable' // no route, host or network down (502)
  | 'timeout' // no answer in time (504)
  | 'upstream_proxy' // the corporate proxy refused or failed the CONNECT (502)
  | 'upstream_untrusted' // upstream's certificate did not verify: the connection passes unread, later ones are tried again
  | 'upstream_tls' // any other TLS failure towards upstream
  | 'client_untrusting' // the client refused our certificate: it does not trust the session's CA
  | 'client_given_up' // clients kept refusing it: their connections pass unread from now on
  | 'client_tls' // any other TLS failure towards the client
  | 'internal'; // a defect of ours: that connection was reset, clients retry a reset

/** A failure is data: what went wrong, with whom, and the words of the system for it. Never holds credentials. */
export interface ProxyFailure {
  kind: FailureKind;
  /** `host:port` the client asked for; null when it was not understood. */
  target: string | null;
  /** The system's code or the TLS alert, e.g. ECONNREFUSED, SELF_SIGNED_CERT_IN_CHAIN. */
  code: string | null;
  /** One sentence for the user, saying what is wrong and, where we know, what to do. */
  message: string;
}

/** What happened, for the summary and the log; none of it is needed for the traffic. */
export type ProxyFact =
  | { type: 'intercepted'; host: string; port: number; at: number }
  | { type: 'tunnelled'; host: string; port: number; at: number }
  /** Passed unread because a claude-trace in front of this one reads it. */
  | { type: 'nested'; host: string; port: number; at: number }
  | { type: 'failed'; failure: ProxyFailure; at: number }
  /** A tap threw and was dropped: that connection goes on unobserved. */
  | { type: 'tap_failed'; host: string; message: string; at: number };
