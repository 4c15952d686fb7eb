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
  /** Decoded, with its secrets, but without what rules redact: to be read, never to be passed on. Null where it cannot be decoded. */
  unsafeContent: Buffer | null;
  /** Decoded, as it came: only for the times of its parts. Null where it cannot be decoded. */
  decoded: Buffer | null;
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
  /**
   * Takes out what rules redact. @returns null where there was nothing to replace
   * @throws UnreadableError
   */
  hide?: ((content: Buffer, cut: boolean) => Buffer | null) | undefined;
}

/** Rules that redact could not be applied to a body. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Searches the decoded content for credentials, which compression would hide. */
export function safeBody(body: WireBody, redactor: Redactor, decodedLimit: number): SafeBody {
  const decoded = decodeContent(body.bytes, body.encodings, decodedLimit);
  if (!decoded.ok) return unkeptBody(decoded.reason);
  // Reports may repeat what a model or a server said: fields of it are secrets of this body only.
  const known = body.kind === 'other' || body.kind === 'telemetry' ? redactor.scope() : redactor;
  const cut = body.cut || !decoded.complete;
  const hidden = withoutHidden(body, decoded.bytes, cut);
  if (hidden instanceof UnreadableError) {
    return { ...NO_BODY, degraded: `${hidden.message}: the body is not kept, since rules may redact something in it` };
  }
  const unsafe = hidden ?? decoded.bytes;
  const fields = redactedFields(body.kind, unsafe, known);
  const searched = known.bytes(fields ?? unsafe, cut);
  const safe = searched ?? fields ?? hidden;
  return {
    bytes: safe ?? body.bytes,
    redacted: safe !== null,
    content: safe ?? decoded.bytes,
    unsafeContent: unsafe,
    decoded: decoded.bytes,
    degraded: decoded.complete || body.cut ? null : 'the compressed body ends early',
  };
}

function withoutHidden({ hide }: WireBody, content: Buffer, cut: boolean): Buffer | UnreadableError | null {
  try {
    return hide?.(content, cut) ?? null;
  } catch (error) {
    if (error instanceof UnreadableError) return error;
    throw error;
  }
}

const NO_BODY = {
  bytes: Buffer.alloc(0),
  redacted: true,
  content: null,
  unsafeContent: null,
  decoded: null,
  degraded: null,
} as const satisfies SafeBody;

/** In place of a body whose messages of MCP are stored without what rules redact. */
export function bodyOfMessages(): SafeBody {
  return NO_BODY;
}

/** In place of a body that could not be searched. */
export function unkeptBody(reason: string): SafeBody {
  return { ...NO_BODY, degraded: `${reason}: the body is not kept, since it could not be searched for credentials` };
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
