import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';

/**
 * Prompts and answers in the shape of the GenAI semantic conventions, made from the blocks of the Messages API:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (its JSON schemas for input and output messages and for
 * system instructions). As JSON text, since span attributes cannot hold objects everywhere yet.
 */
export function inputContent(body: JsonRecord): Record<string, string> {
  const messages = recordsOf(body.messages).map(({ role, content }) => ({ role, parts: partsOf(content) }));
  const system =
    body.system === undefined ? {} : { 'gen_ai.system_instructions': JSON.stringify(partsOf(body.system)) };
  return { ...system, 'gen_ai.input.messages': JSON.stringify(messages) };
}

export function outputContent(content: readonly ContentBlock[], stopReason: string | null): Record<string, string> {
  const message = { role: 'assistant', parts: partsOf(content), finish_reason: stopReason ?? '' };
  return { 'gen_ai.output.messages': JSON.stringify([message]) };
}

function partsOf(content: unknown): JsonRecord[] {
  return typeof content === 'string' ? [{ type: 'text', content }] : recordsOf(content).map(partOf);
}

/** Blocks that the conventions do not know stay as the API has them, which is allowed (`GenericPart`). */
function partOf(block: JsonRecord): JsonRecord {
  switch (block.type) {
    case 'text':
      return { type: 'text', content: stringOf(block.text) ?? '' };
    case 'thinking':
      return { type: 'reasoning', content: stringOf(block.thinking) ?? '' };
    case 'tool_use':
      return { type: 'tool_call', id: block.id, name: block.name, arguments: block.input };
    case 'tool_result':
      return { type: 'tool_call_response', id: block.tool_use_id, response: block.content ?? null };
    case 'image':
      return imagePart(block) ?? block;
    default:
      return block;
  }
}

function imagePart({ source }: JsonRecord): JsonRecord | null {
  if (!isRecord(source) || source.type !== 'base64') return null;
  return { type: 'blob', modality: 'image', mime_type: source.media_type ?? null, content: source.data };
}
