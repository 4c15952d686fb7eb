import { isRecord } from '../../base/json.js';
import { endOfString } from '../../base/json-bytes.js';
import type { RpcMessage } from '../../mcp/messages/index.js';
import type { McpCall, McpConnection } from '../../model/mcp.js';
import type { Redactor } from '../redact/redactor.js';

/** What may be stored of a message: its own bytes, or the same without secrets. What was JSON stays JSON. */
export function safeBytes(
  { bytes, kind, truncated }: RpcMessage,
  redactor: Redactor,
): { bytes: Buffer; redacted: boolean } {
  const safe = redactor.bytes(bytes, truncated);
  if (safe === null) return { bytes, redacted: false };
  if (kind === 'malformed' || truncated || isJson(safe)) return { bytes: safe, redacted: true };
  const quoted = withQuotes(safe);
  return { bytes: isJson(quoted) ? quoted : Buffer.from(JSON.stringify(safe.toString())), redacted: true };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

const QUOTE = 0x22;
const LABEL = '[redacted';

/** With quotes around values that were numbers, in which a secret was replaced. */
function withQuotes(json: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let done = 0;
  let pos = 0;
  while (pos < json.length) {
    const byte = json[pos] ?? 0;
    if (byte === QUOTE) pos = endOfString(json, pos + 1) + 1;
    else if (!isScalarByte(byte) && !isLabel(json, pos)) pos++;
    else {
      const start = pos;
      let hasLabel = false;
      while (pos < json.length && (isScalarByte(json[pos] ?? 0) || isLabel(json, pos))) {
        const labelled = isLabel(json, pos);
        hasLabel ||= labelled;
        pos = labelled ? json.indexOf(']', pos) + 1 || json.length : pos + 1;
      }
      if (!hasLabel) continue;
      pieces.push(json.subarray(done, start), Buffer.from(`"${json.toString('latin1', start, pos)}"`));
      done = pos;
    }
  }
  return Buffer.concat([...pieces, json.subarray(done)]);
}

function isLabel(json: Buffer, pos: number): boolean {
  return json[pos] === 0x5b && json.toString('latin1', pos, pos + LABEL.length) === LABEL;
}

/** Whether it is a byte of a number: 0-9 - + . e E */
function isScalarByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || [0x2d, 0x2b, 0x2e, 0x65, 0x45].includes(byte);
}

/** The shortest text that `Tracker` may have cut, perhaps inside a secret. */
const MIN_CUT_LENGTH = 256;

const URL_START = /^[a-z][a-z0-9+.-]{0,20}:\/\//i;

/** Remembers the secrets of URLs that a message names, before it or another of its batch is stored. */
export function learnUrls({ body }: RpcMessage, redactor: Redactor): void {
  const { params } = body;
  if (!isRecord(params)) return;
  const { name, uri, url, ref } = params;
  for (const value of [name, uri, url, isRecord(ref) ? ref.uri : null]) {
    if (typeof value === 'string' && URL_START.test(value)) redactor.learnUrl(value);
  }
}

/** A name or an id without secrets. */
export function safeName<Text extends string | null>(name: Text, redactor: Redactor): Text | string {
  if (name === null) return name;
  const safe = URL_START.test(name) ? redactor.url(name) : name;
  return redactor.text(safe, name.length >= MIN_CUT_LENGTH);
}

export function safeCall(call: McpCall, redactor: Redactor): McpCall {
  return {
    ...call,
    method: safeName(call.method, redactor),
    name: safeName(call.name, redactor),
    toolUseId: safeName(call.toolUseId, redactor),
  };
}

export function safeConnection(connection: McpConnection, redactor: Redactor): McpConnection {
  const party = (of: McpConnection['client']) =>
    of && { name: safeName(of.name, redactor), version: safeName(of.version, redactor) };
  return {
    ...connection,
    name: safeName(connection.name, redactor),
    target: safeName(connection.target, redactor),
    protocol: safeName(connection.protocol, redactor),
    client: party(connection.client),
    server: party(connection.server),
    exit: safeName(connection.exit, redactor),
  };
}
