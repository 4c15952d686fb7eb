import type { IncomingHttpHeaders } from 'node:http';
import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import { fieldsAt, skipBlanks } from '../../base/json-bytes.js';
import type { RpcMessage } from '../../mcp/messages/index.js';
import { headerMismatch } from '../../mcp/messages/modern-headers.js';
import { metaOf } from '../../model/mcp-meta.js';
import { RPC, refusal } from '../refusals.js';
import type { Refusal } from '../request.js';

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
  if (messages.length === 0 || messages.some(({ kind }) => kind === 'malformed')) {
    return refusal(400, RPC.parse, 'Parse error: the body is not a JSON-RPC message');
  }
  if (messages.some(({ isOutline }) => isOutline)) {
    return refusal(413, RPC.invalidRequest, 'Payload Too Large: the message has too many parts');
  }
  if (messages.some(hasAmbiguousNames)) {
    return refusal(400, RPC.invalidRequest, 'Bad Request: a field of the message is repeated');
  }
  const [first] = messages;
  const mismatch = first === undefined ? null : (headerMismatch(headers, first.body) ?? claimMismatch(headers, first));
  return mismatch === null ? null : refusal(400, RPC.headerMismatch, `Bad Request: ${mismatch}`);
}

/**
 * Parsers differ in which of two fields with one name they take, and some ignore the case of names: rules and upstream must not see
 * different messages.
 */
function hasAmbiguousNames({ bytes, body }: RpcMessage): boolean {
  let fields = 0;
  let fieldsOfParams = 0;
  for (const { name, start } of fieldsAt(bytes, skipBlanks(bytes, 0))) {
    fields += 1;
    if (name === 'params') for (const _ of fieldsAt(bytes, start)) fieldsOfParams += 1;
  }
  return repeatsName(body, fields) || (isRecord(body.params) && repeatsName(body.params, fieldsOfParams));
}

/** @param fields number of fields in the text; the parsed object has fewer if a name is repeated */
function repeatsName(parsed: JsonRecord, fields: number): boolean {
  const names = Object.keys(parsed);
  if (names.length !== fields) return true;
  return new Set(names.map((name) => name.toLowerCase())).size !== fields;
}

/** Clients of older revisions need not send `Mcp-Method`, but if they do, a server may rely on it. */
function claimMismatch(headers: IncomingHttpHeaders, { method }: RpcMessage): string | null {
  const claimed = headers['mcp-method'];
  if (claimed === undefined || claimed === method) return null;
  return 'the header mcp-method is not the method of the body';
}

/** Names of the tools that messages call. */
export function toolOf({ method, body }: RpcMessage): string | null {
  return method === 'tools/call' && isRecord(body.params) ? stringOf(body.params.name) : null;
}

/** `_meta.traceparent` of a message; null without one. */
export function traceparentOf({ body }: RpcMessage): string | null {
  return stringOf(metaOf(body.params).traceparent);
}
