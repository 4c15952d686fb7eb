/**
 * Authentication at the gateway.
 *
 * create-auth         all of it, for one configuration
 * ├ kept-parts        what remembers something, which a reload keeps
 * ├ route-access      whom a route admits
 * ├ credential        the one credential of a request
 * ├ tokens/           what a credential says: JWT, introspection, API keys
 * ├ issuer/           authorization servers: bounded requests, metadata, keys
 * ├ login/            logins of browsers, and their sealed cookies
 * ├ upstream/         what servers get in place of the client's token
 * ├ challenge         refusals: 401 and 403 that say how to get a better token
 * └ endpoints         metadata of RFC 9728, and `/auth/…`
 */
export { createAuth } from './create-auth.js';
export { makeApiKey } from './tokens/api-keys.js';
export type { Auth } from './types.js';
