import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { type ByteRange, fieldAt, fieldsAt } from '../../base/json-bytes.js';
import type { McpCall } from '../../model/mcp.js';
import type { RpcMessage } from './read-messages.js';

/** Requests of the client that are calls. */
export const CALL_METHODS: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get']);

/** A call while it is tracked. */
export type OpenCall = McpCall;

/** The value that answers a call: a result, or an error. */
export interface Outcome {
  isRpcError: boolean;
  value: JsonRecord;
  /** The place of the value in the message. */
  range: ByteRange | null;
}

/** @param path from the message to the value: `result`, `error`; a task of 2026-07-28 has its result in a result */
export function outcomeAt(message: RpcMessage, ...path: string[]): Outcome {
  const value = path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), message.body);
  return {
    isRpcError: path.at(-1) === 'error',
    value: isRecord(value) ? value : {},
    range: fieldAt(message.bytes, ...path),
  };
}

/** Bytes of the value. Of a message that is cut, also of what follows the value, since its end is not known. */
export function sizeOf({ range }: Outcome, message: RpcMessage): number {
  if (range === null) return 0;
  return message.truncated ? message.size - range.start : range.end - range.start;
}

/** The state of a call with this answer. Nothing ends a call that the client gave up, but an answer after its time is noted. */
export function stateAfter(call: OpenCall, { isRpcError, value }: Outcome): McpCall['state'] {
  if (call.state === 'cancelled') return 'cancelled';
  if (call.state === 'timeout') return 'late';
  if (isRpcError) return 'rpc_error';
  return value.isError === true ? 'tool_error' : 'ok';
}

/** Estimated tokens of what a result says as text. Of a message that was not parsed: of its JSON as far as it is there, scaled. */
export function tokensOf(outcome: Outcome, message: RpcMessage, estimateTokens: (text: string) => number): number {
  const { bytes, isOutline } = message;
  if (!isOutline) return estimateTokens(textOf(outcome, bytes));
  if (outcome.range === null) return 0;
  const { start, end } = outcome.range;
  return Math.round((estimateTokens(bytes.toString('utf8', start, end)) * sizeOf(outcome, message)) / (end - start));
}

/** The text that a model would read: texts and links; without texts, the structured content. */
function textOf({ isRpcError, value, range }: Outcome, bytes: Buffer): string {
  if (isRpcError) return stringOf(value.message) ?? '';
  const texts = [
    ...recordsOf(value.content),
    ...recordsOf(value.contents),
    ...recordsOf(value.messages).flatMap(({ content }) => (isRecord(content) ? [content] : recordsOf(content))),
  ].flatMap(textOfBlock);
  if (texts.length > 0 || range === null) return texts.join('\n');
  const structured = [...fieldsAt(bytes, range.start)].find(({ name }) => name === 'structuredContent');
  return structured ? bytes.toString('utf8', structured.start, structured.end) : '';
}

/** A block of a tool or a prompt, or the content of a resource. Images and other bytes have no text. */
function textOfBlock({ type, text, uri, resource }: JsonRecord): string | readonly [] {
  if (typeof text === 'string') return text;
  if (isRecord(resource)) return stringOf(resource.text) ?? [];
  return type === 'resource_link' && typeof uri === 'string' ? uri : [];
}
