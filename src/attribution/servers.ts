/** Which MCP servers a request speaks of, and which of them a tool name belongs to. */
export interface Servers {
  /** The name as it stands in tool names: `plugin:a:b` and `claude.ai Docs` give `plugin_a_b` and `claude_ai_Docs`. */
  named(server: string): string;
  /** Whether a heading or a line names a server: one already known, or one that tool names begin with. */
  isServer(name: string): boolean;
  /** Splits `mcp__<server>__<tool>`; null for other tools. Both halves may hold `__`: the longest known server wins. */
  split(tool: string): { server: string; tool: string } | null;
  /** All that are known for sure, for the requests that follow. */
  known(): string[];
  add(server: string): void;
}

const PREFIX = 'mcp__';

/** @param tools every tool name that the request holds. */
export function createServers(known: readonly string[], tools: readonly string[]): Servers {
  const names = new Set<string>();
  // All that could be a server by the tool names: `mcp__a__b__c` may be `a` or `a__b`.
  const possible = new Set<string>();
  for (const tool of tools) for (const end of separators(tool)) possible.add(tool.slice(PREFIX.length, end));
  const servers: Servers = {
    named: wireName,
    isServer: (name) => names.has(wireName(name)) || possible.has(wireName(name)),
    split(tool) {
      const ends = separators(tool);
      const end = ends.findLast((candidate) => names.has(tool.slice(PREFIX.length, candidate))) ?? ends[0];
      return end === undefined ? null : { server: tool.slice(PREFIX.length, end), tool: tool.slice(end + 2) };
    },
    known: () => [...names],
    add: (server) => names.add(wireName(server)),
  };
  for (const server of known) servers.add(server);
  return servers;
}

/** Claude Code's own rule; for connectors of claude.ai it also joins neighbouring underscores. Read in 2.0.30. */
function wireName(server: string): string {
  const name = server.trim().replace(/[^a-zA-Z0-9_-]/g, '_');
  return server.startsWith('claude.ai ') ? name.replace(/_+/g, '_').replace(/^_|_$/g, '') : name;
}

/** Where the `__` between server and tool may stand: behind one character at least, and before one. */
function separators(tool: string): number[] {
  if (!tool.startsWith(PREFIX)) return [];
  const ends: number[] = [];
  for (let at = tool.indexOf('__', PREFIX.length + 1); at !== -1; at = tool.indexOf('__', at + 1)) {
    if (at + 2 < tool.length) ends.push(at);
  }
  return ends;
}
