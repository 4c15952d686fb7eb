import { hash } from 'node:crypto';
import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import { fieldAt } from '../../base/json-bytes.js';
import { isTooDeep } from '../../base/map-strings.js';
import type { RpcMessage } from '../messages/read-messages.js';

/** Requests that differ from client to client, and ask for the same. */
const BY_METHOD: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'ping']);

/** In `_meta`: they name this request, this client or this trace. */
const VOLATILE_META =
  /^(?:progressToken|traceparent|tracestate|baggage)$|^(?:claudecode|anthropic|io\.modelcontextprotocol)\//;

/**
 * The `params` of a request without the parts that differ each time. Answers to questions of the server (`inputResponses`) are the
 * person's, so only their presence counts, as it does if the server asks by a request of its own.
 */
export function comparableParams({ method, body }: Pick<RpcMessage, 'method' | 'body'>): JsonRecord {
  const { params } = body;
  if (!isRecord(params) || BY_METHOD.has(method ?? '')) return {};
  const { _meta, inputResponses, ...rest } = params;
  const meta = isRecord(_meta) ? Object.entries(_meta).filter(([name]) => !VOLATILE_META.test(name)) : [];
  return {
    ...rest,
    ...(meta.length > 0 && { _meta: Object.fromEntries(meta) }),
    ...(inputResponses !== undefined && { inputResponses: true }),
  };
}

/** The tool or prompt that a message is about, or the URI of the resource. */
export function subjectOf({ params }: JsonRecord): string | null {
  return isRecord(params) ? (stringOf(params.name) ?? stringOf(params.uri)) : null;
}

/** The content of a message, without its id. */
export function withoutEnvelope({ jsonrpc: _jsonrpc, id: _id, ...rest }: JsonRecord): JsonRecord {
  return rest;
}

type Asking = Pick<RpcMessage, 'kind' | 'method' | 'body'> & Partial<Pick<RpcMessage, 'bytes' | 'isOutline'>>;

/** Equal for messages that ask for the same. A notification is known by its method alone. */
export function hashOfKey(message: Asking): Buffer {
  const key = message.kind === 'request' ? `${message.method} ${paramsKey(message)}` : `${message.method}`;
  return hash('sha256', key, 'buffer');
}

function paramsKey(message: Asking): string {
  const params = message.isOutline ? null : comparableParams(message);
  if (params !== null && !isTooDeep(params)) return sortedJson(params);
  // Too large to be understood: equal bytes are equal.
  const { start, end } = (message.bytes && fieldAt(message.bytes, 'params')) ?? { start: 0, end: 0 };
  return message.bytes?.toString('latin1', start, end) ?? '';
}

/** JSON with the fields of all objects in one order. @param value not nested too deep to be written */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${sortedJson(value[name])}`).join()}}`;
}
