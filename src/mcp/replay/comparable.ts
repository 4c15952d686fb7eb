import { createHash } from 'node:crypto';
import { isRecord, isTooDeep, type JsonRecord, stringOf } from '../../base/json.js';
import { fieldAt } from '../../base/json-bytes.js';
import type { RpcMessage } from '../messages/read-messages.js';

/** Requests that differ from client to client, and ask for the same. */
const BY_METHOD: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'ping']);

/** In `_meta`: they name this request, this client or this trace. */
const VOLATILE_META =
  /^(?:progressToken|traceparent|tracestate|baggage)$|^(?:claudecode|anthropic|io\.modelcontextprotocol)\//;

/** Longer keys are kept as a hash, which has as many characters. */
const MAX_KEY_LENGTH = 44;

/**
 * What a request asks for: its `params` without what differs each time. Answers to questions of the server (`inputResponses`) are
 * the person's, so that only their presence counts, as it does where the server asks by a request of its own.
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

/** Equal for messages that ask for the same. A notification is known by its method alone. */
export function keyOf(message: RpcMessage): string {
  const key = message.kind === 'request' ? `${message.method} ${paramsKey(message)}` : `${message.method}`;
  return key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('base64');
}

function paramsKey(message: RpcMessage): string {
  const params = message.isOutline ? null : comparableParams(message);
  if (params !== null && !isTooDeep(params)) return JSON.stringify(sorted(params));
  // Too large to be understood: equal bytes are equal.
  const { start, end } = fieldAt(message.bytes, 'params') ?? { start: 0, end: 0 };
  return message.bytes.toString('latin1', start, end);
}

/** With the fields of all objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
