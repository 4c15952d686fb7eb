import type { KnownMcpServer, McpDecision } from '../mcp/discover/index.js';

const REASONS: Readonly<Record<Exclude<McpDecision, 'recorded'>, string>> = {
  stdio_off:
    'it is a program, and those are recorded only with `wrap --mcp` or `claude-trace config set mcp.stdio true`',
  excluded: 'mcp.include or mcp.exclude leaves it out',
  unapproved: 'you have not approved it yet, so Claude Code asks first',
  refused: 'you refused it (disabledMcpjsonServers)',
  disabled: 'it is disabled for this project; `/mcp` in Claude Code enables it',
  denied: "Claude Code's settings forbid it (deniedMcpServers, allowedMcpServers or strictPluginOnlyCustomization)",
  policies: "Claude Code's settings have rules for commands of servers, and recording would change its command",
  managed: 'your organization manages MCP servers (managed-mcp.json), so its command cannot be changed',
  duplicate: 'Claude Code does not use it, because another server has the same command',
  plugin_options: 'it needs options of its plugin, which only Claude Code knows',
  records_itself: 'it runs `mcp record` with rules of its own, which records it',
  websocket: 'messages over WebSockets are not recorded',
  of_agent: 'it is a program that an agent starts, and only those of the session are recorded',
  unread_plugin: 'their servers are not known before the session',
  mode: 'Claude Code does not use it in this mode (--bare, --restricted or --safe-mode)',
  not_claude_code: 'it is a program, and those are recorded only where `wrap` runs `claude` itself',
  no_session: 'the command starts no session',
};

/** Why a server is not recorded, as the end of a sentence; null where it is. */
export function whyNotRecorded({ decision, transport }: KnownMcpServer): string | null {
  if (decision === 'recorded') return null;
  // Nothing has to be changed for it.
  const later = decision === 'unapproved' && transport !== 'stdio' ? '; once you approve it, it is recorded' : '';
  return REASONS[decision] + later;
}
