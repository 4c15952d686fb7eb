/**
 * The MCP servers that Claude Code would use, a table of contents. Reads files only: nothing is started or changed.
 *
 * discover         all places joined: one server for each name, and whether it is recorded
 * ├ decide         consent, policies and configuration: what may be done with a server
 * ├ invocation     the command line: is it a session, what does it configure
 * ├ entries        servers of one place, their transports; expand writes values in place of variables
 * ├ plugins        servers of plugins
 * ├ policies       `allowedMcpServers` and `deniedMcpServers`
 * ├ agents         servers in definitions of agents
 * └ secrets        values that must never be stored
 * known-server     what the others learn of a server; recorded-server: the one of `mcp record`
 */
export { isIncluded, type McpConfig } from './decide.js';
export { type DiscoveredMcpServers, discoverMcpServers, discoverWithAgents } from './discover.js';
export { readInvocation, withClaudeOption, withClaudeSettings } from './invocation.js';
export { CONNECTOR_HOST, isIntercepted, type KnownMcpServer, type McpDecision, mcpAddresses } from './known-server.js';
export { recordedServer } from './recorded-server.js';
export { secretsIn } from './secrets.js';
