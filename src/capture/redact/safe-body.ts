import { fieldAt, skipBlanks } from '../../base/json-bytes.js';
import type { ExchangeKind } from '../../model/exchange.js';
import { decodeContent } from '../../wire/index.js';
import { isForm } from './form-fields.js';
import type { Redactor } from './redactor.js';

const OPEN_OBJECT = 0x7b;

/** A body in two forms: what may be stored, and its content. */
export interface SafeBody {
  /** The wire's exact bytes; where they held a secret, the decoded content without secrets. */
  bytes: Buffer;
  redacted: boolean;
  /** Decoded and without secrets; null where it cannot be decoded. */
  content: Buffer | null;
  /** Decoded, with its secrets: to be read, never to be passed on. Null as above. */
  unsafeContent: Buffer | null;
  /** Why the body could not be read whole; null where it could. */
  degraded: string | null;
}

export interface WireBody {
  bytes: Buffer;
  /** Values of Content-Encoding, in the order of application. */
  encodings: readonly string[];
  kind: ExchangeKind;
  /** The bytes are only the beginning of the body. */
  cut: boolean;
}

/** Searches the decoded content for credentials, which compression would hide. */
export function safeBody(body: WireBody, redactor: Redactor, decodedLimit: number): SafeBody {
  const decoded = decodeContent(body.bytes, body.encodings, decodedLimit);
  if (!decoded.ok) return unkeptBody(decoded.reason);
  // Reports may repeat what a model or a server said: fields of it are secrets of this body only.
  const known = body.kind === 'other' || body.kind === 'telemetry' ? redactor.scope() : redactor;
  const fields = redactedFields(body.kind, decoded.bytes, known);
  const cut = body.cut || !decoded.complete;
  const searched = known.bytes(fields ?? decoded.bytes, cut);
  const safe = searched ?? fields;
  return {
    bytes: safe ?? body.bytes,
    redacted: safe !== null,
    content: safe ?? decoded.bytes,
    unsafeContent: decoded.bytes,
    degraded: decoded.complete || body.cut ? null : 'the compressed body ends early',
  };
}

/** In place of a body that could not be searched. */
export function unkeptBody(reason: string): SafeBody {
  const degraded = `${reason}: the body is not kept, since it could not be searched for credentials`;
  return { bytes: Buffer.alloc(0), redacted: true, content: null, unsafeContent: null, degraded };
}

function redactedFields(kind: ExchangeKind, content: Buffer, redactor: Redactor): Buffer | null {
  // Tools may call any field a token: `progressToken`, `nextPageToken`. As in a conversation, only known secrets count.
  if (kind === 'mcp') return redactedAuthorization(content, redactor);
  if (kind === 'messages' || kind === 'count_tokens') return redactor.settingFields(content);
  return kind === 'oauth' ? redactor.oauthBody(content) : redactor.secretFields(content);
}

/** All paths of some hosts count as those of an MCP server, also one that gives out tokens: its bodies are not JSON-RPC. */
function redactedAuthorization(content: Buffer, redactor: Redactor): Buffer | null {
  if (isForm(content)) return redactor.oauthBody(content);
  const isRpc = content[skipBlanks(content, 0)] !== OPEN_OBJECT || fieldAt(content, 'jsonrpc') !== null;
  return isRpc ? null : redactor.secretFields(content);
}
