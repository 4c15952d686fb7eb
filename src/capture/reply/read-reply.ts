import { isTooComplex, MAX_JSON_PARTS, parseJson, TooComplexError } from '../../base/json.js';
import { mapStrings } from '../../base/map-strings.js';
import type { ExchangeKind } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';
import { isEventStream, parseSse, type ResponseHead, writeSse } from '../../wire/index.js';
import { header } from '../exchange/claude-ids.js';
import type { Redactor } from '../redact/redactor.js';
import { type SafeBody, unkeptBody } from '../redact/safe-body.js';
import { assembleMessage, type Reply, replyOfJson } from './assemble-message.js';
import { joinDeltas } from './join-deltas.js';
import { unfinishedEvent } from './unfinished-event.js';

export interface SafeReply extends Reply {
  streamed: boolean;
  /** What may be stored, after all. */
  body: SafeBody;
}

const NO_REPLY: Reply = { message: null, usage: null, error: null };

/** Why a model ends of its own accord: it then has said all that it wanted to. */
const OF_ITS_OWN_ACCORD: ReadonlySet<string> = new Set(['end_turn', 'tool_use']);

/**
 * What the response says, without secrets. A model that repeats a key streams it in pieces: it is whole only in the
 * assembled message, and in the stream a search finds at most a part of it. So where there is any secret at all, what is
 * stored is the stream with the pieces joined, and the secret replaced. An answer that was stopped may end inside a
 * secret: what could be the beginning of one goes, too.
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
  const type = header(head.headers, 'content-type');
  if (kind === 'messages' && isEventStream(unsafeContent, type)) return readStream(unsafeContent, body, redactor);
  const worthReading = kind === 'messages' || kind === 'count_tokens' || head.status >= 400;
  if (!worthReading) return none;
  if (kind === 'messages') return document(content, body, redactor);
  const { error } = mapStrings(replyOfJson(parseJson(content.toString())), (text) => redactor.text(text));
  // The figure in a count_tokens reply was counted, not billed.
  return { ...none, error: head.status >= 400 ? error : null };
}

/** A stream that has too many events is not kept: nobody has searched it for secrets that come in pieces. */
function readStream(unsafeContent: Buffer, body: SafeBody, redactor: Redactor): SafeReply {
  try {
    return streamed(unsafeContent, body, redactor);
  } catch (error) {
    if (!(error instanceof TooComplexError)) throw error;
    return { ...NO_REPLY, streamed: false, body: unkeptBody(error.message) };
  }
}

function streamed(unsafeContent: Buffer, body: SafeBody, redactor: Redactor): SafeReply {
  const events = parseSse(unsafeContent);
  const asItCame = assembleMessage(events);
  const { clean, found } = cleaning(asItCame.message, redactor);
  const joined = joinDeltas(events, clean);
  const reply = mapStrings(joined.changed ? assembleMessage(joined.events) : asItCame, clean);
  // The event that the end of the stream cuts is no part of the message, but maybe holds a part of a secret.
  const unfinished = asItCame.message?.complete ? null : unfinishedEvent(unsafeContent, events);
  if (unfinished) joinDeltas([...events, unfinished], clean);
  if (!found() && !body.redacted) return { ...reply, streamed: true, body };
  return { ...reply, streamed: true, body: rewritten(body, writeSse(joined.events), redactor) };
}

/** A message, or an error, in one JSON document. */
function document(content: Buffer, body: SafeBody, redactor: Redactor): SafeReply {
  const text = content.toString();
  if (isTooComplex(text)) {
    const degraded = `the response has more than ${MAX_JSON_PARTS} JSON values: it is stored, but was not read`;
    return { ...NO_REPLY, streamed: false, body: { ...body, degraded } };
  }
  const json = parseJson(text);
  const asItCame = replyOfJson(json);
  const { clean, found } = cleaning(asItCame.message, redactor);
  const reply = mapStrings(asItCame, clean);
  if (!found()) return { ...reply, streamed: false, body };
  const bytes = Buffer.from(JSON.stringify(mapStrings(json, clean)));
  return { ...reply, streamed: false, body: rewritten(body, bytes, redactor) };
}

/** What makes the texts of a message safe, and whether there was anything to do. */
function cleaning(message: AssembledMessage | null, redactor: Redactor) {
  const cut = !(message?.complete && OF_ITS_OWN_ACCORD.has(message.stopReason ?? ''));
  let found = false;
  const clean = (text: string): string => {
    const safe = redactor.text(text, cut);
    found ||= safe !== text;
    return safe;
  };
  return { clean, found: () => found };
}

function rewritten(body: SafeBody, written: Buffer, redactor: Redactor): SafeBody {
  const bytes = redactor.bytes(written, false) ?? written;
  return { ...body, bytes, content: bytes, redacted: true };
}
