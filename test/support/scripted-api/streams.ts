import { messagesApi } from '../../../src/scripted/messages-api.js';
import type { Reply } from '../../../src/scripted/reply.js';
import type { Script } from '../../../src/scripted/scripted-api.js';

/** A script that answers every message with this text. */
export function say(text: string): Script {
  return messagesApi({ sideCall: text, threads: [{ opensWith: '', turns: [[{ type: 'text', text }]] }] });
}

/** The reply, ended by a FIN or a reset after `bytes` bytes of its body. */
export function brokenAfter(bytes: number, ending: 'cut' | 'reset', reply: Reply): Reply {
  return { ...reply, ending, body: firstBytes(reply.body, bytes) };
}

/** The reply, waiting for `release` once `bytes` bytes of its body are sent: a stream held open without a clock. */
export function heldAfter(bytes: number, release: Promise<unknown>, reply: Reply): Reply {
  return { ...reply, body: held(reply.body, bytes, release) };
}

async function* firstBytes(body: Reply['body'], limit: number): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const piece of pieces(body)) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* held(body: Reply['body'], limit: number, release: Promise<unknown>): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const piece of pieces(body)) {
    const before = Math.min(Math.max(limit - sent, 0), piece.length);
    if (before > 0) yield piece.subarray(0, before);
    if (before < piece.length) {
      await release;
      yield piece.subarray(before);
    }
    sent += piece.length;
  }
}

async function* pieces(body: Reply['body']): AsyncGenerator<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) yield Buffer.from(body);
  else for await (const piece of body) yield Buffer.from(piece);
}
