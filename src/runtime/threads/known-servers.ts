import { createKindOf, createServerOf, type Redactor } from '../../capture/index.js';
import { type KnownMcpServer, mcpAddresses } from '../../mcp/discover/index.js';

export type KnownServers = ReturnType<typeof knowServers>;

/** The servers of Claude Code's configuration, and how their exchanges are recognized. Their secrets become known to the redactor. */
export function knowServers(
  servers: readonly KnownMcpServer[] | null,
  mcpHosts: readonly string[],
  redactor: Redactor,
) {
  for (const { url, secrets } of servers ?? []) {
    for (const secret of secrets) redactor.settle(secret);
    if (url !== null) redactor.learnUrl(url);
  }
  const addresses = servers === null ? { hosts: [], servers: [] } : mcpAddresses(servers, mcpHosts);
  const kindOf = createKindOf(addresses);
  return { servers: servers ?? [], kindOf, serverOf: createServerOf(addresses, kindOf) };
}
