/** The HTTP API: what is stored, for scripts, editors and dashboards. Asks the store, and writes nothing but ratings. */
export { isLoopback } from './access/names.js';
export { loadToken } from './access/token.js';
export { announce, withdraw } from './announcement.js';
export { type ApiServer, startApi } from './server.js';
