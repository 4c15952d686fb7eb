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

/** Names of servers that may start and on which no rule acts: rules act in shims, which only programs have. */
export function unruledServers(servers: readonly KnownMcpServer[], shims: Pick<ShimFiles, 'leftOut'> | null): string[] {
  const isRuled = ({ name, entry, decision }: KnownMcpServer) =>
    shims !== null && entry !== null && decision === 'recorded' && !shims.leftOut.includes(name);
  return servers.filter((server) => !NOT_STARTED.has(server.decision) && !isRuled(server)).map(({ name }) => name);
}
