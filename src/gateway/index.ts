/**
 * The gateway: many MCP servers behind one address. A program of its own (`claude-trace gateway`), loaded by nothing else.
 *
 * gateway    starts it: `lasting` is kept to its end, `running` is what `assemble` makes of a configuration and `reload` replaces;
 *            `requests` come in between, and `stop` ends it. `parts` are loaded only for configurations that need them
 * config/    its file to a checked configuration: schema, references to the environment and to files, overrides
 * auth/      clients: tokens, keys, logins of browsers; and what servers get in place of a client's token
 * server/    listening, TLS, what is admitted at all, and one exchange of HTTP
 * route/     handles a request: checks and forwards it, and streams its answer
 * session/   ids that are sealed, and the sessions that are in use
 * limits/    how many requests are allowed; shared/ has the state that gateways share by Redis
 * policy/    the rules of a route, applied to its messages
 * audit/     the audit log
 * upstream/  what a route forwards to
 * telemetry/ log, Prometheus metrics, traces and logs over OTLP
 * facts      what it reports about itself; audit, metrics, traces and the log listen
 * request    one request, its client, and answers that a step gives in place of upstream; refusals makes those
 */
export { AUDIT_TYPES, type AuditRecord, type AuditType } from './audit/audit-record.js';
export { type AuditFilter, followAudit, readAudit } from './audit/read-audit.js';
export { gatewayJsonSchema } from './config/json-schema.js';
export { loadGatewayConfig, loadGatewayPart } from './config/load-config.js';
export { addressPart, auditPart, type GatewayConfig, metricsPart } from './config/schema.js';
export { type Gateway, startGateway } from './gateway.js';
export { recordedUrl } from './route/recording.js';
export { createTelemetry } from './telemetry/index.js';
