import { parseJson } from '../base/json.js';
import { parseRepeated } from '../base/repeated-json.js';
import type { HeaderList } from '../model/exchange.js';
import { decodeContent, encodingsOf } from '../wire/index.js';

/** A captured or stored body in the form that attribution reads. */
export interface JsonBody {
  text: string;
  /** Parsed JSON; undefined if it is not JSON or has too many values. */
  body: unknown;
}

/** @param isDecoded the bytes have no content coding any more, whatever the headers say: so redacted bodies are stored */
export function readJsonBody(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): JsonBody {
  const text = contentOf(bytes, headers, isDecoded).toString();
  return { text, body: parseJson(text) };
}

/** Reads bodies of a conversation one after another. The parts that they have in common are the same objects. */
export function readRepeatedBody(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): JsonBody {
  const content = contentOf(bytes, headers, isDecoded);
  return { text: content.toString(), body: parseRepeated(content) };
}

function contentOf(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): Buffer {
  const decoded = isDecoded ? null : decodeContent(bytes, encodingsOf(headers));
  const content = decoded?.ok ? decoded.bytes : bytes;
  return Buffer.isBuffer(content) ? content : Buffer.from(content);
}
