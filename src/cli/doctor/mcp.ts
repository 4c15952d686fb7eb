import type { Env } from '../../base/env.js';
import { isIntercepted, type KnownMcpServer } from '../../mcp/discover/index.js';
import type { ClaudeSettings } from '../../settings/claude/index.js';
import { whyNotRecorded } from '../../wrap/mcp-reasons.js';
import { type Finding, note, ok } from './finding.js';

const WHAT = 'MCP servers';

/** For each MCP server that `claude` would know here, whether `wrap` records it, and why not. */
export function checkMcpServers(
  found: { servers: readonly KnownMcpServer[]; problems: readonly string[] } | null,
  env: Env,
  settings: ClaudeSettings,
): Finding[] {
  if (found === null) return [note(WHAT, 'no MCP server is recorded: mcp.enabled is false in the configuration')];
  const { servers, problems } = found;
  const isBlind = Boolean(env.CLAUDE_CODE_CLIENT_CERT || settings.values.CLAUDE_CODE_CLIENT_CERT);
  return [
    ...problems.map((message) => note(WHAT, message)),
    ...servers.map((server) => {
      const name = `${server.name} (${server.scope}, ${placeOf(server)})`;
      if (isBlind && isIntercepted(server))
        return note(WHAT, `${name} is not recorded: CLAUDE_CODE_CLIENT_CERT is set`);
      const reason = isUsable(server) ? whyNotRecorded(server) : 'its URL is not valid';
      return reason === null ? ok(WHAT, `${name} is recorded`) : note(WHAT, `${name} is not recorded: ${reason}`);
    }),
    ...(servers.length === 0 ? [ok(WHAT, "none in Claude Code's configuration for this folder")] : []),
  ];
}

function isUsable({ url }: KnownMcpServer): boolean {
  return url === null || URL.canParse(url);
}

/** `program`, or the host. The rest of a URL may hold secrets. */
function placeOf({ url }: KnownMcpServer): string {
  if (url === null) return 'program';
  return URL.canParse(url) ? new URL(url).host : 'URL';
}
