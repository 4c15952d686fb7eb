import { parseJson } from '../base/json.js';
import type { HeaderList } from '../model/exchange.js';
import { decodeContent, encodingsOf } from '../wire/index.js';

/** A captured or stored body as attribution takes it. */
export interface JsonBody {
  text: string;
  /** Parsed JSON; undefined when it is none, or has too many values to be read. */
  body: unknown;
}

/** @param redacted such a body is kept decoded, whatever its headers say */
export function readJsonBody(bytes: Uint8Array, headers: HeaderList, redacted: boolean): JsonBody {
  const decoded = redacted ? null : decodeContent(bytes, encodingsOf(headers));
  const text = Buffer.from(decoded?.ok ? decoded.bytes : bytes).toString('utf8');
  return { text, body: parseJson(text) };
}
