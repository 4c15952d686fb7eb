import { decodeContent, encodingsOf } from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';

/** A stored request body as attribution takes it. */
export interface RequestContent {
  text: string;
  /** Parsed JSON; undefined when it is none. */
  body: unknown;
}

/** @param redacted such a body is stored decoded, whatever its headers say */
export function readRequestBody(bytes: Uint8Array, headers: HeaderList, redacted: boolean): RequestContent {
  const decoded = redacted ? null : decodeContent(bytes, encodingsOf(headers));
  const text = Buffer.from(decoded?.ok ? decoded.bytes : bytes).toString('utf8');
  try {
    return { text, body: JSON.parse(text) };
  } catch {
    return { text, body: undefined };
  }
}
