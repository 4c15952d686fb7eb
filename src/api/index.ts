/**
 * The HTTP API over the store, for scripts, editors and dashboards. It writes nothing but ratings.
 *
 * serve → server             start and announce, listen
 * answers → app              everything behind the port, which may be loaded later: the order of handlers; connections: to the database
 * access/                    who may ask: host names, origins, the token
 * routes/, schemas/, rows    the operations, the shapes of their parameters and answers, and answers made of stored rows
 * events/                    server-sent events
 * docs/                      the OpenAPI document and its page
 */
export { isLoopback } from '../base/own-host.js';
export { loadToken } from './access/token.js';
export { announce, withdraw } from './announcement.js';
export { type ApiServer, startApi } from './server.js';
