import { parseJson } from '../base/json.js';
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
  const decoded = isDecoded ? null : decodeContent(bytes, encodingsOf(headers));
  const text = Buffer.from(decoded?.ok ? decoded.bytes : bytes).toString('utf8');
  return { text, body: parseJson(text) };
}
