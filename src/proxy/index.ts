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
export type { Authority } from './certificates/authority.js';
export { createAuthority } from './certificates/authority.js';
export { loadOrCreateAuthority } from './certificates/authority-file.js';
export { certificateBlocks, readCertificateFile } from './certificates/pem.js';
export { type Credentials, createCredentials } from './client/credentials.js';
export type * from './facts.js';
export { type Proxy, startProxy } from './server.js';
export { isClaudeTrace } from './upstream/nested.js';
export { noProxyMatches } from './upstream/no-proxy.js';
export { systemBundle } from './upstream/system-certificates.js';
export { type UpstreamProxies, upstreamProxiesFromEnv } from './upstream/upstream-proxy.js';
