import {
  assembleMessage,
  isEventStream,
  parseSse,
  type Reply,
  replyOfJson,
  TooComplexError,
} from '../capture/index.js';
import type { HeaderList } from '../model/exchange.js';
import type { AssembledMessage } from '../model/message.js';
import { readJsonBody } from './json-body.js';

/** What a stored response says, read as capture read it. Its secrets are out already. */
export function storedReply(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): Reply {
  const { text, body } = readJsonBody(bytes, headers, isDecoded);
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? null;
  const decoded = Buffer.from(text);
  try {
    return isEventStream(decoded, type) ? assembleMessage(parseSse(decoded)) : replyOfJson(body);
  } catch (error) {
    if (error instanceof TooComplexError) return { message: null, usage: null, error: null };
    throw error;
  }
}

/** Null when it carried none. */
export function storedMessage(bytes: Uint8Array, headers: HeaderList, isDecoded: boolean): AssembledMessage | null {
  return storedReply(bytes, headers, isDecoded).message;
}
