import type { JsonRecord } from '../../base/json.js';
import type { McpScope } from '../../model/mcp.js';
import type { KnownTransport } from './entries.js';

/** Whether a server is recorded, or why not. */
const MCP_DECISIONS = [
  'recorded',
  /** stdio servers are recorded only with `wrap --mcp` or `mcp.stdio`. */
  'stdio_off',
  /** By `mcp.include` and `mcp.exclude`. */
  'excluded',
  /** A server of `.mcp.json` that is not approved yet: Claude Code asks first. With a URL it is recorded once it is approved. */
  'unapproved',
  /** The user refused it, or `disabledMcpjsonServers` does. */
  'refused',
  /** By `/mcp` in this project. */
  'disabled',
  /** By `deniedMcpServers` or `allowedMcpServers`. */
  'denied',
  /** Policies name commands, which the shim would change. */
  'policies',
  /** `managed-mcp.json` is in charge: another `--mcp-config` would end Claude Code. */
  'managed',
  /** A plugin's server that Claude Code leaves out: another one has the same command. */
  'duplicate',
  /** Its entry needs options of its plugin, which only Claude Code knows. */
  'plugin_options',
  /** It runs `mcp record --rules`, which records it: a shim in its place would lose the rules, one before it would record it twice. */
  'records_itself',
  /** Over WebSockets, which are not read. */
  'websocket',
  /** A program that an agent starts: another `--mcp-config` would start it with the session. */
  'of_agent',
  /** Those of a plugin that Claude Code fetches, or takes out of an archive: they are not known. */
  'unread_plugin',
  /** `--bare` and `--restricted` start only servers of `--mcp-config`, `--safe-mode` none. */
  'mode',
  /** The command is not Claude Code, as far as its name says. */
  'not_claude_code',
  /** The command is Claude Code, but starts no session: `claude mcp list`. */
  'no_session',
] as const;
export type McpDecision = (typeof MCP_DECISIONS)[number];

/** A server that Claude Code's configuration has. */
export interface KnownMcpServer {
  /** As Claude Code calls it: `github`, or `plugin:kit:github`. */
  name: string;
  scope: McpScope;
  transport: KnownTransport;
  /** http, sse, ws: with variables expanded; may hold secrets. */
  url: string | null;
  /** stdio: the entry as written, for the shim; a plugin's with its folder in place of `${CLAUDE_PLUGIN_ROOT}`. */
  entry: JsonRecord | null;
  decision: McpDecision;
  /** Values that must never be stored: of `env`, `headers`, secrets in arguments and URLs. */
  secrets: readonly string[];
  /**
   * `wrap --replay`: the entry starts a replay, and nothing that Claude Code's configuration has under this name is started. With
   * the decision about that; or null.
   */
  replayed?: { decision: McpDecision | null };
}

/** Whether exchanges with this server are read. Reading starts nothing, so an unapproved server waits for the user as ever. */
export function isIntercepted({ url, decision }: KnownMcpServer): boolean {
  return url !== null && (decision === 'recorded' || decision === 'unapproved');
}

/** Claude Code reaches the connectors of a claude.ai account there (2.1.332). */
export const CONNECTOR_HOST = 'mcp-proxy.anthropic.com';

/** Where requests to MCP servers go, as `createKindOf` of capture takes it. */
export function mcpAddresses(
  servers: readonly KnownMcpServer[],
  exclusive: readonly string[],
): {
  hosts: string[];
  servers: { url: string; hasOwnPaths: boolean }[];
  exclusive: readonly string[];
} {
  return {
    hosts: [CONNECTOR_HOST],
    exclusive,
    servers: servers
      .filter(isIntercepted)
      .flatMap(({ url, transport }) => (url === null ? [] : [{ url, hasOwnPaths: transport === 'sse' }])),
  };
}
