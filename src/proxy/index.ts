/**
 * The proxy, a table of contents. It knows HTTP proxying, TLS and sockets, and nothing of Claude.
 *
 * server            listens, reads what a client asks for (client/read-head, proxy-request), checks its credentials, answers
 *                   failures (client/replies)
 * ├ tunnel          CONNECT: dials first, then decides by the client's first bytes (client/opening, client-hello):
 * │ ├ intercept     TLS on both sides (upstream/upstream-tls, certificates/leaves), an observer beside the pipe (guarded-observer;
 * │ │               observer-queue calls it after the bytes have passed)
 * │ └ (blind)       any other host, and connections without TLS
 * ├ forward         absolute-form http:// requests (client/proxy-request rewrites their heads)
 * ├ splice          the pipe that all of them end in, between two pipe-ends
 * └ relay           may carry intercepted connections in its place; implemented elsewhere
 * context           what all connections share
 * refusals          clients that refuse our certificate, whose connections pass unread after some time
 * facts, failures   what the proxy reports of itself
 *
 * upstream          the way out: dial goes direct or through a corporate proxy (upstream-proxy, no-proxy) and verifies by trust
 *                   (system-certificates where it must); nested keeps two claude-traces from recording twice; connect-server is for
 *                   requests of our own
 * certificates      authority and x509 make them; authority-file keeps an authority on disk; pem reads files of others
 */
export type { Authority } from './certificates/authority.js';
export { createAuthority } from './certificates/authority.js';
export { loadOrCreateAuthority } from './certificates/authority-file.js';
export { certificateBlocks, readCertificateFile } from './certificates/pem.js';
export { type Credentials, createCredentials } from './client/credentials.js';
export type { Rewriting } from './closing-answer.js';
export type * from './facts.js';
export { isTrustCode, ProxyError } from './failures.js';
export { type HostRule, matchesAny, parseHostRule, splitPort } from './host-rules.js';
export { type PipeEnd, reset } from './pipe-end.js';
export type { Relay, RelayedConnection } from './relay.js';
export { type Proxy, startProxy } from './server.js';
export { createConnectServer } from './upstream/connect-server.js';
export { isClaudeTrace } from './upstream/nested.js';
export { noProxyMatches } from './upstream/no-proxy.js';
export { systemBundle } from './upstream/system-certificates.js';
export { type UpstreamProxies, upstreamProxiesFromEnv } from './upstream/upstream-proxy.js';
