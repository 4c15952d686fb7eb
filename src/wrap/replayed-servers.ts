import { UserError } from '../base/errors.js';
import type { KnownMcpServer } from '../mcp/discover/index.js';
import { MCP_REPLAY } from '../settings/locations.js';
import { printableLine } from '../text/text.js';

/** MCP servers that a run replays from tapes. */
export interface ReplayedServers {
  /** The servers of the command, those with tapes replaced by replays. @throws UserError where none can be replaced */
  inPlaceOf(servers: readonly KnownMcpServer[], warn: (message: string) => void): KnownMcpServer[];
  /** Removes the files that the replays read. */
  remove(): void;
}

/**
 * The servers of a command that replays some of them: a replay is started in place of each, whether Claude Code's configuration
 * has a server of its name or not. A server that the user refused is replayed, too: nothing of the server itself is started.
 *
 * @param servers of Claude Code's configuration
 * @param tapes files, by the name of the server
 * @param warn says which tapes Claude Code's settings keep it from starting
 * @throws UserError where no server can be replaced
 */
export function withReplays(
  servers: readonly KnownMcpServer[],
  tapes: ReadonlyMap<string, readonly string[]>,
  warn: (message: string) => void,
): KnownMcpServer[] {
  if (servers.some(({ scope }) => scope === 'managed')) {
    throw new UserError(
      'Your organization manages MCP servers (managed-mcp.json), so none can be replaced by its tape.',
    );
  }
  const forbidden = servers.filter(({ name, decision }) => tapes.has(name) && FORBIDDEN.has(decision));
  if (forbidden.length > 0) {
    const names = forbidden.map(({ name }) => printableLine(name)).join(', ');
    warn(`Claude Code's settings restrict MCP servers, and may also keep it from starting the tapes of: ${names}.`);
  }
  const others = servers.filter(({ name }) => !tapes.has(name));
  const byName = [...tapes].sort(([one], [other]) => (one < other ? -1 : 1));
  const replayed = byName.map(([name, files]): KnownMcpServer => {
    const own = servers.find((server) => server.name === name);
    return {
      name,
      scope: own?.scope ?? 'command line',
      transport: 'stdio',
      url: null,
      entry: { command: process.execPath, args: [MCP_REPLAY, ...files] },
      decision: 'recorded',
      secrets: [],
      replayed: { decision: own?.decision ?? null },
    };
  });
  return [...others, ...replayed];
}

const FORBIDDEN: ReadonlySet<KnownMcpServer['decision']> = new Set(['denied', 'policies']);
