import type { KnownMcpServer, McpDecision } from '../mcp/discover/index.js';
import type { ShimFiles } from './shim-files.js';

/** Claude Code does not start these. */
const NOT_STARTED: ReadonlySet<McpDecision> = new Set([
  'refused',
  'disabled',
  'denied',
  'duplicate',
  'mode',
  'no_session',
]);

/**
 * Names of servers that may start and on which no rule acts: programs without a shim, and servers with URLs that are excluded, over
 * WebSockets, or on hosts of the Claude API.
 * @param shims null if no program has one
 * @param ruled the servers with URLs on which rules act
 */
export function unruledServers(
  servers: readonly KnownMcpServer[],
  shims: Pick<ShimFiles, 'leftOut'> | null,
  ruled: readonly { name: string }[],
): string[] {
  const hasShim = ({ name, entry, decision }: KnownMcpServer) =>
    shims !== null && entry !== null && decision === 'recorded' && !shims.leftOut.includes(name);
  const isRuled = (server: KnownMcpServer) =>
    hasShim(server) || (server.url !== null && ruled.some(({ name }) => name === server.name));
  return servers.filter((server) => !NOT_STARTED.has(server.decision) && !isRuled(server)).map(({ name }) => name);
}
