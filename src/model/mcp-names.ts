import type { Source } from './source.js';

/** The source of text that a server put into requests. */
export function mcpSource(server: string): Source {
  return `mcp:${serverInRequests(server)}`;
}

/** The name of a tool as requests write it. */
export function mcpToolName(server: string, tool: string): string {
  return `mcp__${serverInRequests(server)}__${nameInRequests(tool)}`;
}

/** A server's name as in tool names: `plugin:docs:search` becomes `plugin_docs_search`. */
export function serverInRequests(server: string): string {
  const name = nameInRequests(server.trim());
  // In names of claude.ai connectors Claude Code also joins neighbouring underscores.
  return server.startsWith('claude.ai ') ? name.replace(/_+/g, '_').replace(/^_|_$/g, '') : name;
}

/** Claude Code replaces the characters that the API does not allow in names of tools. */
function nameInRequests(name: string): string {
  return name.replace(/[^\w-]/g, '_');
}
