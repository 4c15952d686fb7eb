import type { IncomingHttpHeaders } from 'node:http';
import { isRecord, stringOf } from '../../base/json.js';
import { MAX_BATCH, MAX_MESSAGE_BYTES, type RpcMessage } from '../../mcp/messages/index.js';
import { claimMismatch, headerMismatch } from '../../mcp/messages/modern-headers.js';
import { metaOf } from '../../model/mcp-meta.js';
import { RPC, refusal } from '../refusals.js';
import type { Refusal } from '../request.js';
import { ambiguityOf } from './ambiguous-fields.js';

/** A revision of MCP, or the name of a draft. */
const VERSION = /^[\w.-]{1,64}$/;

/** Checks the headers of a message that a client sends, before its body is read. */
export function checkPostHeaders(headers: IncomingHttpHeaders): Refusal | null {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((each) => each.trim());
  if (!/^application\/json$/i.test(type)) {
    return refusal(415, RPC.invalidRequest, 'Unsupported Media Type: Content-Type must be application/json');
  }
  // Servers decode by the charset of the header: in UTF-7, a text may end earlier than we think, and the message is another one.
  if (parameters.some((each) => /charset/i.test(each) && !/^charset=("utf-8"|utf-8)$/i.test(each))) {
    return refusal(415, RPC.invalidRequest, 'Unsupported Media Type: the charset must be utf-8');
  }
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    return refusal(415, RPC.invalidRequest, 'Unsupported Media Type: the body must not be compressed');
  }
  if (!/application\/json|text\/event-stream|\*\/\*/i.test(headers.accept ?? '')) {
    return refusal(406, RPC.refused, 'Not Acceptable: Client must accept both application/json and text/event-stream');
  }
  return checkVersion(headers);
}

/** @param headers of a GET or DELETE */
export function checkVersion(headers: IncomingHttpHeaders): Refusal | null {
  const version = headers['mcp-protocol-version'];
  if (version === undefined || (typeof version === 'string' && VERSION.test(version))) return null;
  return refusal(400, RPC.refused, 'Bad Request: MCP-Protocol-Version is not a version');
}

/** Checks that a body is JSON-RPC, and agrees with its headers. */
export function checkMessages(headers: IncomingHttpHeaders, messages: readonly RpcMessage[]): Refusal | null {
  if (messages.length > MAX_BATCH) return tooLarge(`a batch has at most ${MAX_BATCH} messages`);
  if (messages.some(({ truncated }) => truncated)) {
    return tooLarge(`a message has at most ${MAX_MESSAGE_BYTES / 1024 ** 2} MB`);
  }
  if (messages.length === 0 || messages.some(({ kind }) => kind === 'malformed')) {
    return refusal(400, RPC.parse, 'Parse error: the body is not a JSON-RPC message');
  }
  if (messages.some(({ isOutline }) => isOutline)) return tooLarge('the message has too many parts');
  for (const message of messages) {
    const ambiguity = ambiguityOf(message);
    if (ambiguity !== null) return refusal(400, RPC.invalidRequest, `Bad Request: ${ambiguity}`);
  }
  const [first] = messages;
  const mismatch = first && (headerMismatch(headers, first.body) ?? claimMismatch(headers, first.body));
  return mismatch ? refusal(400, RPC.headerMismatch, `Bad Request: ${mismatch}`) : null;
}

function tooLarge(why: string): Refusal {
  return refusal(413, RPC.invalidRequest, `Payload Too Large: ${why}`);
}

/** Names of the tools that messages call. */
export function toolOf({ method, body }: RpcMessage): string | null {
  return method === 'tools/call' && isRecord(body.params) ? stringOf(body.params.name) : null;
}

/** `_meta.traceparent` of a message; null without one. */
export function traceparentOf({ body }: RpcMessage): string | null {
  return stringOf(metaOf(body.params).traceparent);
}
