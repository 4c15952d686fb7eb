import { segmentText } from '../../attribution/index.js';
import { isRecord, type JsonRecord, recordsOf } from '../../base/json.js';
import type { Segment } from '../../model/segment.js';

/** A result of an MCP tool, as a request carries it to the model. */
export interface DeliveredResult {
  toolUseId: string;
  /** Content of the `tool_result` block. */
  content: unknown;
  isError: boolean;
  /** UTF-8 bytes of the content's JSON, without the reminders that Claude Code adds. */
  bytes: number;
  /** In the context of this request. */
  tokens: number;
}

/**
 * The results of MCP tools that a request carries for the first time: those behind its last assistant message. A result follows
 * the message that has its call.
 *
 * @param segments of the body
 */
export function newMcpResults(body: unknown, segments: readonly Segment[]): DeliveredResult[] {
  const messages: unknown[] = isRecord(body) && Array.isArray(body.messages) ? body.messages : [];
  const last = messages.findLastIndex((message) => isRecord(message) && message.role === 'assistant');
  const answer = messages[last];
  const called = new Set(
    recordsOf(isRecord(answer) ? answer.content : null)
      .filter(isMcpCall)
      .map(({ id }) => id),
  );
  if (called.size === 0) return [];

  const results = new Map<string, DeliveredResult>();
  for (let index = last + 1; index < messages.length; index++) {
    const message = messages[index];
    const blocks: unknown[] = isRecord(message) && Array.isArray(message.content) ? message.content : [];
    blocks.forEach((block, place) => {
      if (!isRecord(block) || block.type !== 'tool_result' || typeof block.tool_use_id !== 'string') return;
      if (!called.has(block.tool_use_id)) return;
      const { tool_use_id: toolUseId, content, is_error } = block;
      const path = `/messages/${index}/content/${place}`;
      results.set(path, { toolUseId, content, isError: is_error === true, bytes: 0, tokens: 0 });
    });
  }
  for (const segment of segments) {
    const result = segment.part === 'result' ? results.get(segment.path.split('/', BLOCK_DEPTH).join('/')) : undefined;
    if (result === undefined) continue;
    result.tokens += segment.tokens;
    result.bytes += bytesOf(body, segment, result);
  }
  return [...results.values()];
}

/** Parts of `/messages/3/content/0`, with the empty one before the first slash. */
const BLOCK_DEPTH = 5;

export function isMcpCall(block: JsonRecord): boolean {
  return block.type === 'tool_use' && typeof block.name === 'string' && block.name.startsWith('mcp__');
}

/** What a segment of a result takes in the JSON of its content. */
function bytesOf(body: unknown, segment: Segment, { content }: DeliveredResult): number {
  const { path } = segment;
  // Without content the block is one segment.
  if (path.split('/').length === BLOCK_DEPTH) return Buffer.byteLength(JSON.stringify(content) ?? '');
  const text = segmentText(body, '', segment);
  if (path.endsWith('/text')) return Buffer.byteLength(JSON.stringify({ type: 'text', text }));
  return Buffer.byteLength(path.endsWith('/content') ? JSON.stringify(text) : text);
}
