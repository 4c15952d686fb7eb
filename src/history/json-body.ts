import { decodeContent, encodingsOf, parseJson } from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';

/** A captured or stored body as attribution takes it. */
export interface JsonBody {
  text: string;
  /** Parsed JSON; undefined when it is none, or has too many values to be read. */
  body: unknown;
}

/** @param isDecoded the bytes have no content coding any more, whatever the headers say: so redacted bodies are stored */
export function readJsonBody(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): JsonBody {
  const decoded = isDecoded ? null : decodeContent(bytes, encodingsOf(headers));
  const text = Buffer.from(decoded?.ok ? decoded.bytes : bytes).toString('utf8');
  return { text, body: parseJson(text) };
}
