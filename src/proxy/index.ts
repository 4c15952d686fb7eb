/**
 * The proxy, a table of contents.
 *
 * server            listens, reads what a client asks for, checks credentials, answers failures
 * ├ tunnel          CONNECT: dial first, then by the client's first bytes (opening, client-hello):
 * │ ├ intercept     TLS on both sides (upstream-tls, leaves, waiting) with the observer's tap beside the pipe
 * │ └ (blind)       any other host, and what is no TLS
 * ├ forward         absolute-form http:// requests (proxy-request rewrites their heads)
 * └ splice          the pipe all of them end in
 * dial              the way out: direct or through one of two corporate proxies (upstream-proxy, no-proxy), verified by trust
 *                   (system-certificates where it needs to); nested keeps two of us from recording twice
 * refusals          clients that do not take our certificate, and pass unread from some time on
 * authority, x509   certificates; authority-file keeps one on disk
 * facts, failures   what is told to the outside
 */
export type { Authority } from './authority.js';
export { createAuthority } from './authority.js';
export { loadOrCreateAuthority } from './authority-file.js';
export { type Credentials, createCredentials } from './credentials.js';
export type * from './facts.js';
export { isClaudeTrace } from './nested.js';
export { noProxyMatches } from './no-proxy.js';
export { certificateBlocks } from './pem.js';
export { type Proxy, startProxy } from './server.js';
export { systemBundle } from './system-certificates.js';
export { UnusableUpstreamProxyError, type UpstreamProxies, upstreamProxiesFromEnv } from './upstream-proxy.js';
