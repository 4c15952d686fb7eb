import { isRecord, recordOf, stringOf } from './json.js';
import type { Owner } from './piece.js';
import type { Servers } from './servers.js';
import { ownerOfCall } from './tool-source.js';

/** A tool call that the request holds. */
export interface Call {
  owner: Owner;
  tool: string;
  /** The file it works on; null for tools that name none. */
  file: string | null;
}

/** Every block of every message, in order. String contents hold none. */
export function* blocksOf(messages: unknown): Generator<Readonly<Record<string, unknown>>> {
  for (const message of Array.isArray(messages) ? messages : []) {
    const { content } = recordOf(message);
    for (const block of Array.isArray(content) ? content : []) if (isRecord(block)) yield block;
  }
}

/** Whether a kind of block is a call: `tool_use`, `server_tool_use`, `mcp_tool_use`. */
export function isCall(type: string | null): boolean {
  return type?.endsWith('tool_use') ?? false;
}

/** The calls of a request by id. A result names only the id, and may stand anywhere behind its call. */
export function callsOf(messages: unknown, servers: Servers): Map<string, Call> {
  const calls = new Map<string, Call>();
  for (const block of blocksOf(messages)) {
    if (!isCall(stringOf(block.type))) continue;
    const id = stringOf(block.id);
    if (id !== null) calls.set(id, callOf(block, servers));
  }
  return calls;
}

export function callOf(block: Readonly<Record<string, unknown>>, servers: Servers): Call {
  const tool = stringOf(block.name) ?? '';
  const input = recordOf(block.input);
  // The MCP connector of the API names the server beside the tool.
  const server = stringOf(block.server_name);
  const of = ownerOfCall(tool, input, servers);
  return {
    owner: server === null ? of : { source: `mcp:${servers.named(server)}`, part: 'call', detail: tool },
    tool,
    file: stringOf(input.file_path) ?? stringOf(input.notebook_path),
  };
}
