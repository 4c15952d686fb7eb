import { assembleMessage, parseSse, replyOfJson, TooComplexError } from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';
import type { AssembledMessage } from '../model/message.js';
import { readJsonBody } from './json-body.js';

/** The message of a stored response, read as capture read it; null when it carried none. Its secrets are out already. */
export function storedMessage(bytes: Uint8Array, headers: HeaderList, redacted: boolean): AssembledMessage | null {
  const { text, body } = readJsonBody(bytes, headers, redacted);
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  // Where the headers are damaged, the text tells: no JSON begins like that.
  const streamed = type === '' ? text.startsWith('event:') : type.toLowerCase().startsWith('text/event-stream');
  try {
    return (streamed ? assembleMessage(parseSse(Buffer.from(text))) : replyOfJson(body)).message;
  } catch (error) {
    if (error instanceof TooComplexError) return null;
    throw error;
  }
}
