/**
 * What the proxy reports about itself: plain data, in named facts. It never waits for a listener.
 *
 * Times (`at`) are unix milliseconds with fractions, read on the proxy's own event loop when the bytes were there.
 */

/** Everything that can go wrong between the proxy and others. */
export type FailureKind =
  | 'bad_request' // the client's request to the proxy was malformed (400)
  | 'unauthenticated' // no or wrong proxy credentials (407)
  | 'loop' // the target is this proxy itself (508)
  | 'dns' // the name did not resolve (502)
  | 'refused' // connection refused (502)
  | 'unreachable' // no route, host or network down (502)
  | 'timeout' // no answer in time (504)
  | 'upstream_proxy' // the corporate proxy refused or failed the CONNECT (502)
  | 'upstream_untrusted' // upstream's certificate did not verify: the connection passes unread, later ones are tried again
  | 'upstream_tls' // any other TLS failure with upstream
  | 'client_untrusting' // the client refused our certificate: it does not trust the session's CA
  | 'client_given_up' // clients kept refusing it: their connections pass unread from now on
  | 'client_tls' // any other TLS failure with the client
  | 'internal'; // a defect of ours: that connection was reset, clients retry a reset

/** What went wrong, and with which host. Never holds credentials. */
export interface ProxyFailure {
  kind: FailureKind;
  /** `host:port` that the client asked for; null where it was not understood. */
  target: string | null;
  /** The system's code or the TLS alert, e.g. ECONNREFUSED, SELF_SIGNED_CERT_IN_CHAIN. */
  code: string | null;
  /** One sentence for the user: what is wrong and, where we know it, what to do. */
  message: string;
}

/** What happened, for the summary and the log. */
export type ProxyFact =
  | { type: 'intercepted'; host: string; port: number; at: number }
  | { type: 'tunnelled'; host: string; port: number; at: number }
  /** Passed unread because a claude-trace in front of this one reads it. */
  | { type: 'nested'; host: string; port: number; at: number }
  | { type: 'failed'; failure: ProxyFailure; at: number }
  /** An observer threw and was dropped: that connection goes on unobserved. */
  | { type: 'observer_failed'; host: string; message: string; at: number };
