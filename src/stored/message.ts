import { assembleMessage, isEventStream, parseSse, replyOfJson, TooComplexError } from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';
import type { AssembledMessage } from '../model/message.js';
import { readJsonBody } from './json-body.js';

/** The message of a stored response, read as capture read it; null when it carried none. Its secrets are out already. */
export function storedMessage(bytes: Uint8Array, headers: HeaderList, redacted: boolean): AssembledMessage | null {
  const { text, body } = readJsonBody(bytes, headers, redacted);
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? null;
  const decoded = Buffer.from(text);
  try {
    return (isEventStream(decoded, type) ? assembleMessage(parseSse(decoded)) : replyOfJson(body)).message;
  } catch (error) {
    if (error instanceof TooComplexError) return null;
    throw error;
  }
}
