import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { blockPath, messagesOf } from '../segments/body-parts.js';
import type { Piece } from '../segments/piece.js';

/**
 * Indexes of the pieces that the API cleared before it read and counted the request, by the `context_management.applied_edits`
 * of its answer: the oldest tool results, the thinking of the oldest turns.
 * https://docs.claude.com/en/docs/build-with-claude/context-editing
 */
export function clearedByEdits(pieces: readonly Piece[], body: unknown, contextManagement: unknown): Set<number> {
  const paths = appliedEdits(contextManagement).flatMap((edit) => clearedPaths(edit, body));
  if (paths.length === 0) return new Set();
  const cleared = new Set(paths);
  return new Set(pieces.flatMap(({ path }, index) => (cleared.has(blockPath(path)) ? [index] : [])));
}

function appliedEdits(contextManagement: unknown): JsonRecord[] {
  const edits = isRecord(contextManagement) ? contextManagement.applied_edits : undefined;
  return Array.isArray(edits) ? edits.filter(isRecord) : [];
}

/** JSON pointers of the blocks that an edit cleared. */
function clearedPaths(edit: JsonRecord, body: unknown): string[] {
  const type = stringOr(edit.type, '');
  const settings = settingsOf(type, body);
  if (type.startsWith('clear_tool_uses')) {
    const excluded = new Set(Array.isArray(settings.exclude_tools) ? settings.exclude_tools : []);
    const inputs = settings.clear_tool_inputs === true;
    const uses = toolUses(body).filter(({ name, result }) => result !== null && !excluded.has(name));
    return uses
      .slice(0, countOf(edit.cleared_tool_uses))
      .flatMap(({ call, result }) => [...(inputs ? [call] : []), ...(result === null ? [] : [result])]);
  }
  if (type.startsWith('clear_thinking')) {
    return thinkingTurns(body).slice(0, countOf(edit.cleared_thinking_turns)).flat();
  }
  return [];
}

function settingsOf(type: string, body: unknown): JsonRecord {
  const management = isRecord(body) && isRecord(body.context_management) ? body.context_management : {};
  const edits = Array.isArray(management.edits) ? management.edits.filter(isRecord) : [];
  return edits.find((edit) => edit.type === type) ?? {};
}

interface ToolUse {
  name: unknown;
  call: string;
  result: string | null;
}

/** Tool calls in order, with the blocks of call and result. */
function toolUses(body: unknown): ToolUse[] {
  const uses = new Map<unknown, ToolUse>();
  for (const { block, path } of blocksWithPaths(body)) {
    if (block.type === 'tool_use') uses.set(block.id, { name: block.name, call: path, result: null });
    const use = block.type === 'tool_result' ? uses.get(block.tool_use_id) : undefined;
    if (use !== undefined) use.result = path;
  }
  return [...uses.values()];
}

/** Blocks of thinking by turn, without turns that have none. A turn ends with the next text of the user. */
function thinkingTurns(body: unknown): string[][] {
  const turns: string[][] = [[]];
  for (const { block, path, role } of blocksWithPaths(body)) {
    if (role === 'user' && block.type === 'text') turns.push([]);
    if (block.type === 'thinking' || block.type === 'redacted_thinking') turns.at(-1)?.push(path);
  }
  return turns.filter((turn) => turn.length > 0);
}

function blocksWithPaths(body: unknown): { block: JsonRecord; path: string; role: unknown }[] {
  return messagesOf(body).flatMap((message, index) => {
    const role = isRecord(message) ? message.role : undefined;
    const blocks = isRecord(message) && Array.isArray(message.content) ? message.content : [];
    return blocks.flatMap((block: unknown, position) =>
      isRecord(block) ? [{ block, path: `/messages/${index}/content/${position}`, role }] : [],
    );
  });
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
