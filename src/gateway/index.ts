/**
 * The gateway: many MCP servers behind one address. A program of its own (`claude-trace gateway`), loaded by nothing else.
 *
 * config/    its file to a checked configuration: schema, references to the environment and to files, overrides
 * facts      what it reports about itself; audit, metrics, traces and the log listen
 * request    one request on its way, who asks, and answers that a step gives in place of upstream
 * upstream/  what a route forwards to
 */
export { GatewayConfigError } from './config/config-error.js';
export { loadGatewayConfig } from './config/load-config.js';
export { gatewayJsonSchema } from './config/schema.js';
