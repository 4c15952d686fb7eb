import { asBuffer } from '../base/as-buffer.js';
import { isRecord, type JsonRecord, stringOf } from '../base/json.js';
import { fieldAt } from '../base/json-bytes.js';
import { isTooComplex } from '../base/json-limits.js';
import { utf8Text } from '../base/utf8-text.js';
import type { McpSender } from '../model/mcp.js';
import type { RuleTransport } from '../model/rule.js';
import type { RuleContext, RuleSubject } from './types.js';

export const MESSAGE_KINDS = ['request', 'response', 'notification'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A message as rules see it. Methods, tools and params of an answer are those of its request. */
export interface RuleMessage {
  server: string;
  transport: RuleTransport;
  sender: McpSender;
  kind: MessageKind;
  bytes: Buffer;
  method: string | null;
  tool: string | null;
  params: unknown;
  /** Undefined if the message has none. */
  result: unknown;
  error: unknown;
  meta: unknown;
  /** The request, or that of an answer. */
  request: JsonRecord | null;
  /** Too large to parse: params, result and error are not known. */
  isOutline: boolean;
}

/** Null if the bytes are not one JSON-RPC message. */
export function readMessage(
  { sender, bytes, message, request }: RuleSubject,
  { server, transport }: Pick<RuleContext, 'server' | 'transport'>,
): RuleMessage | null {
  const buffer = asBuffer(bytes);
  const text = message === undefined ? utf8Text(buffer) : '';
  const isOutline = isTooComplex(text);
  const body = message ?? (isOutline ? outlineOf(buffer) : parsed(text));
  if (!isRecord(body)) return null;
  const kind = kindOf(body);
  if (kind === null) return null;
  const asked = kind === 'response' ? (isRecord(request) ? request : null) : body;
  return {
    server,
    transport,
    sender,
    kind,
    bytes: buffer,
    ...calledBy(asked),
    params: asked?.params,
    result: kind === 'response' ? body.result : undefined,
    error: kind === 'response' ? (body.error ?? undefined) : undefined,
    meta: metaOf(kind === 'response' ? body.result : body.params),
    request: asked,
    isOutline,
  };
}

export type Called = Pick<RuleMessage, 'method' | 'tool'>;

/** Method and tool of a request. */
export function calledBy(request: unknown): Called {
  const method = isRecord(request) ? stringOf(request.method) : null;
  const params = isRecord(request) && isRecord(request.params) ? request.params : {};
  return { method, tool: method === 'tools/call' ? stringOf(params.name) : null };
}

/** The field whose content rules change: `params`, or the `result` or `error` of an answer. */
export function payloadOf({ kind, error }: RuleMessage): 'params' | 'result' | 'error' {
  if (kind !== 'response') return 'params';
  return error === undefined ? 'result' : 'error';
}

function kindOf(body: JsonRecord): MessageKind | null {
  const hasId = body.id !== undefined && body.id !== null;
  if (hasId && typeof body.id !== 'string' && typeof body.id !== 'number') return null;
  if (typeof body.method === 'string') return hasId ? 'request' : 'notification';
  return Object.hasOwn(body, 'result') || isRecord(body.error) ? 'response' : null;
}

function metaOf(holder: unknown): unknown {
  return isRecord(holder) ? holder._meta : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Enough to block a call that is too large to parse. */
function outlineOf(bytes: Buffer): JsonRecord {
  const field = (...path: string[]) => {
    const range = fieldAt(bytes, ...path);
    return range === null || range.end - range.start > MAX_NAME
      ? undefined
      : parsed(bytes.toString('utf8', range.start, range.end));
  };
  const result = fieldAt(bytes, 'result') === null ? {} : { result: {} };
  return {
    id: field('id'),
    method: field('method'),
    error: field('error'),
    params: { name: field('params', 'name') },
    ...result,
  };
}

const MAX_NAME = 10_000;
