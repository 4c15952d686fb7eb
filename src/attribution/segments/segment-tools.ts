import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { pointer } from '../../base/json-location.js';
import { mcpSource } from '../../model/mcp-names.js';
import type { Conversation } from './conversation.js';
import { type Label, label, type Piece, piecesOf, unknownPiece, wholePiece } from './piece.js';
import { splitHarnessText } from './split-text.js';
import { toolSource } from './tool-source.js';

const ROLE = 'tools';

/** Deferred definitions by tool name: on the wire, but not read until a `tool_reference` loads them. */
export type DeferredTools = Map<string, Piece[]>;

/** Pieces of the definitions that the model reads from the start, and the deferred ones, which messages load. */
export function segmentTools(tools: unknown, conversation: Conversation): { pieces: Piece[]; deferred: DeferredTools } {
  const deferred: DeferredTools = new Map();
  if (!Array.isArray(tools)) return { pieces: unknownPiece('/tools', ROLE, tools), deferred };
  const pieces = tools.flatMap((tool: unknown, index) => {
    const definition = segmentTool(tool, `/tools/${index}`, conversation);
    if (!isRecord(tool) || tool.defer_loading !== true) return definition;
    const name = stringOr(tool.name, '');
    deferred.set(name, [...(deferred.get(name) ?? []), ...definition]);
    return [];
  });
  return { pieces, deferred };
}

function segmentTool(tool: unknown, path: string, conversation: Conversation): Piece[] {
  const what = isRecord(tool) ? definitionLabel(tool, conversation) : null;
  if (!isRecord(tool) || what === null) return unknownPiece(path, ROLE, tool);
  const { description } = tool;
  if (typeof description !== 'string') return [wholePiece(path, ROLE, tool, what)];

  const text = {
    text: description,
    offset: 0,
    start: 0,
    end: description.length,
    place: 'definition',
    base: what,
  } as const;
  const listed = piecesOf(pointer(path, 'description'), ROLE, description, splitHarnessText(text, conversation));
  if (listed.length < 2) return [wholePiece(path, ROLE, tool, what)];
  // The description lists things of other sources (2.0.30): then each field is a piece of its own.
  return Object.entries(tool)
    .filter(([key]) => key !== 'cache_control')
    .flatMap(([key, value]) => (key === 'description' ? listed : [wholePiece(pointer(path, key), ROLE, value, what)]));
}

/** Tools of the API itself have a type and a name; an MCP toolset names its server. */
function definitionLabel(tool: JsonRecord, { servers }: Conversation): Label | null {
  if (typeof tool.mcp_server_name === 'string') return label(mcpSource(tool.mcp_server_name), 'definition');
  return typeof tool.name === 'string' ? label(toolSource(tool.name, servers), 'definition', tool.name) : null;
}
