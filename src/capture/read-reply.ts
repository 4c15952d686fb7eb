import type { ExchangeKind } from '../model/exchange.js';
import { assembleMessage, type Reply, replyOfJson } from './assemble-message.js';
import { header } from './claude-ids.js';
import { joinDeltas } from './join-deltas.js';
import { parseJson } from './json.js';
import { mapStrings } from './map-strings.js';
import type { Redactor } from './redactor.js';
import type { SafeBody } from './safe-body.js';
import { parseSse } from './sse.js';
import type { ResponseHead } from './wire-exchange.js';

export interface SafeReply extends Reply {
  streamed: boolean;
  /** What may be stored, after all. */
  body: SafeBody;
}

const NO_REPLY: Reply = { message: null, usage: null, error: null };

/**
 * What the response says, without secrets. A model that repeats a key streams it in pieces: it is whole only in the
 * assembled message, and in the stream a search finds at most a part of it. So where there is any secret at all, what is
 * stored is the stream with its deltas joined, and the secret replaced.
 */
export function readReply(
  kind: ExchangeKind,
  head: ResponseHead | null,
  body: SafeBody,
  redactor: Redactor,
): SafeReply {
  const { content, unsafeContent } = body;
  const none: SafeReply = { ...NO_REPLY, streamed: false, body };
  if (!head || !content || !unsafeContent || content.length === 0) return none;
  const type = header(head.headers, 'content-type')?.toLowerCase();
  if (type?.startsWith('text/event-stream') && kind === 'messages') return streamed(unsafeContent, body, redactor);
  const worthReading = kind === 'messages' || kind === 'count_tokens' || head.status >= 400;
  if (!worthReading) return none;
  const { reply } = clean(replyOfJson(parseJson(content.toString())), redactor);
  if (kind === 'messages') return { ...reply, streamed: false, body };
  // The figure in a count_tokens reply was counted, not billed.
  return { ...none, error: head.status >= 400 ? reply.error : null };
}

function streamed(unsafeContent: Buffer, body: SafeBody, redactor: Redactor): SafeReply {
  const events = parseSse(unsafeContent);
  const { reply, changed } = clean(assembleMessage(events), redactor);
  if (!changed && !body.redacted) return { ...reply, streamed: true, body };
  const joined = joinDeltas(events, redactor.text);
  const bytes = redactor.bytes(joined, false) ?? joined;
  return { ...reply, streamed: true, body: { ...body, bytes, content: bytes, redacted: true } };
}

function clean(reply: Reply, redactor: Redactor): { reply: Reply; changed: boolean } {
  let changed = false;
  const cleaned = mapStrings(reply, (text) => {
    const safe = redactor.text(text);
    changed ||= safe !== text;
    return safe;
  });
  return { reply: cleaned, changed };
}
