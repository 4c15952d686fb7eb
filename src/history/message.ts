import { headerOf } from '../base/headers.js';
import { TooComplexError } from '../base/json-limits.js';
import { assembleMessage, type Reply, replyOfJson } from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';
import type { AssembledMessage } from '../model/message.js';
import { isEventStream, parseSse } from '../wire/index.js';
import { readJsonBody } from './json-body.js';

/** Reads a stored response as capture does. Its secrets are already redacted. */
export function storedReply(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): Reply {
  const { text, body } = readJsonBody(bytes, headers, isDecoded);
  const type = headerOf(headers, 'content-type');
  const decoded = Buffer.from(text);
  try {
    return isEventStream(decoded, type) ? assembleMessage(parseSse(decoded)) : replyOfJson(body);
  } catch (error) {
    if (error instanceof TooComplexError) return { message: null, usage: null, error: null };
    throw error;
  }
}

/** Null when the response has no message. */
export function storedMessage(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): AssembledMessage | null {
  return storedReply(bytes, headers, isDecoded).message;
}
