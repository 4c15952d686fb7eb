import { isRecord, type JsonRecord } from '../../base/json.js';
import { type ByteRange, elementsAt, skipBlanks } from '../../base/json-bytes.js';
import { isTooComplex } from '../../base/json-limits.js';
import type { McpMessageKind } from '../../model/mcp.js';
import { outlineOf } from './outline.js';

/** Bytes of one message that are kept and parsed. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Maximum number of messages of a batch. The rest is one malformed message. */
export const MAX_BATCH = 1_000;

export type RpcId = string | number;

/** One JSON-RPC message. */
export interface RpcMessage {
  kind: McpMessageKind;
  id: RpcId | null;
  /** Null for answers. */
  method: string | null;
  /** As sent, at most `MAX_MESSAGE_BYTES`; not shared with the frame. */
  bytes: Buffer;
  /** As sent. */
  size: number;
  truncated: boolean;
  /** The object, or its outline. Empty for a malformed message. */
  body: JsonRecord;
  /** The message is cut or too large, and was not parsed. */
  isOutline: boolean;
}

/** A line of stdio, or a body or event of HTTP. */
export interface Frame {
  /** Without a line end; only the beginning if `truncated`. */
  bytes: Uint8Array;
  size: number;
  truncated: boolean;
  /** The last bytes of a frame that is truncated, as far as they are known. */
  tail?: Uint8Array;
}

/**
 * The messages of a frame: one, or the parts of a batch. A frame that is not JSON-RPC is one malformed message; one of blanks is
 * none. Invalid UTF-8 is read as U+FFFD, as clients and servers do, and kept as it is.
 */
export function readMessages(frame: Frame): RpcMessage[] {
  const { bytes, size, truncated, tail } = withoutLineEnd(frame);
  const start = skipBlanks(bytes, 0);
  if (start === bytes.length) return [];
  if (bytes[start] === 0x5b) return readBatch(bytes, start, size, truncated);
  return [readMessage(bytes, size, truncated, tail) ?? malformed(bytes, size, truncated)];
}

/** The messages of a whole body, event or line. */
export function messagesIn(bytes: Uint8Array): RpcMessage[] {
  return readMessages({ bytes, size: bytes.length, truncated: false });
}

export function isAnswer({ kind }: Pick<RpcMessage, 'kind'>): boolean {
  return kind === 'response' || kind === 'error';
}

/**
 * A message that was parsed before.
 * @param value a JSON value that is not a list
 * @param bytes its text
 */
export function messageOf(value: unknown, bytes: Buffer): RpcMessage {
  const envelope = isRecord(value) ? readEnvelope(value, false) : null;
  if (envelope === null || !isRecord(value)) return malformed(bytes, bytes.length, false);
  const { kind, id, method } = envelope;
  return { kind, id, method, bytes, size: bytes.length, truncated: false, body: value, isOutline: false };
}

interface Text {
  bytes: Buffer;
  size: number;
  truncated: boolean;
  tail: Uint8Array;
}

const NO_BYTES = Buffer.alloc(0);
/** Longer ids are not looked for. */
const MAX_TAIL_BYTES = 1_024;

function withoutLineEnd({ bytes, size, truncated, tail = NO_BYTES }: Frame): Text {
  const kept = Buffer.from(bytes.subarray(0, MAX_MESSAGE_BYTES));
  if (truncated) return { bytes: kept, size, truncated, tail };
  if (kept.length < bytes.length) return { bytes: kept, size, truncated: true, tail: bytes.subarray(-MAX_TAIL_BYTES) };
  let end = kept.length;
  while (kept[end - 1] === 0x0a || kept[end - 1] === 0x0d) end--;
  return { bytes: kept.subarray(0, end), size: size - (kept.length - end), truncated, tail };
}

/** A batch that is not valid as a whole is one malformed message: its reader gets nothing of it. */
function readBatch(bytes: Buffer, start: number, size: number, truncated: boolean): RpcMessage[] {
  const messages: RpcMessage[] = [];
  let last: ByteRange | null = null;
  for (const part of elementsAt(bytes, start)) {
    last = part;
    const isCut = truncated && part.end === bytes.length;
    if (isCut || messages.length === MAX_BATCH) {
      const rest = bytes.subarray(part.start);
      const restSize = size - part.start;
      const read = isCut ? readMessage(rest, restSize, true) : null;
      messages.push(read ?? malformed(rest, restSize, truncated));
      return messages;
    }
    const text = bytes.subarray(part.start, part.end);
    const message = readMessage(text, text.length, false);
    if (message === null) return [malformed(bytes, size, truncated)];
    messages.push(message);
  }
  const close = last === null ? bytes.length : skipBlanks(bytes, last.end);
  const isWhole = bytes[close] === 0x5d && skipBlanks(bytes, close + 1) === bytes.length;
  return isWhole && messages.length > 0 ? messages : [malformed(bytes, size, truncated)];
}

/** Null if the text is not JSON. */
function readMessage(
  bytes: Buffer,
  size: number,
  truncated: boolean,
  tail = NO_BYTES as Uint8Array,
): RpcMessage | null {
  const text = truncated ? '' : bytes.toString();
  const isOutline = truncated || isTooComplex(text);
  const value = isOutline ? { ...idAtEnd(tail), ...outlineOf(bytes) } : parsed(text);
  if (value === undefined) return null;
  const envelope = isRecord(value) ? readEnvelope(value, isOutline) : null;
  if (envelope === null || !isRecord(value)) return malformed(bytes, size, truncated);
  const { kind, id, method } = envelope;
  return { kind, id, method, bytes, size, truncated, body: value, isOutline };
}

/** The fields that follow `result`, as the official SDK writes them, up to the brace that ends the message. */
const END =
  /,\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d{1,16})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

/**
 * The id of a message whose middle is missing; nothing if it is not at the end. A quote inside of a text has a backslash, and an
 * object within the message is followed by a second brace: so nothing that a server puts into a result looks like it.
 */
function idAtEnd(tail: Uint8Array): { id?: unknown } {
  const [, id] = END.exec(Buffer.from(tail).toString()) ?? [];
  return id === undefined ? {} : { id: parsed(id) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param isOutline the id may be in what is cut off */
function readEnvelope(body: JsonRecord, isOutline: boolean): Pick<RpcMessage, 'kind' | 'id' | 'method'> | null {
  const { method, error } = body;
  const hasId = body.id !== undefined && body.id !== null;
  const id = isRpcId(body.id) ? body.id : null;
  if (hasId && id === null) return null;
  if (typeof method === 'string') return { kind: hasId ? 'request' : 'notification', id, method };
  // Some servers send both, one of them null.
  if (isRecord(error)) return { kind: 'error', id, method: null };
  const answers = Object.hasOwn(body, 'result') && (id !== null || isOutline);
  return answers ? { kind: 'response', id, method: null } : null;
}

export function isRpcId(value: unknown): value is RpcId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

export function malformed(bytes: Buffer, size: number, truncated: boolean): RpcMessage {
  return { kind: 'malformed', id: null, method: null, bytes, size, truncated, body: {}, isOutline: false };
}
