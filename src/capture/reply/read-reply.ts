import { parseJson } from '../../base/json.js';
import { isTooComplex, MAX_JSON_PARTS, TooComplexError } from '../../base/json-limits.js';
import { mapStrings, mapValues } from '../../base/map-strings.js';
import type { ExchangeKind } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';
import { isEventStream, parseSse, type ResponseHead, type SseEvent, writeSse } from '../../wire/index.js';
import { header } from '../exchange/claude-ids.js';
import type { Redactor } from '../redact/redactor.js';
import { type SafeBody, unkeptBody } from '../redact/safe-body.js';
import { assembleMessage, type Reply, replyOfJson } from './assemble-message.js';
import { joinDeltas } from './join-deltas.js';

export interface SafeReply extends Reply {
  streamed: boolean;
  /** What may be stored. */
  body: SafeBody;
}

const NO_REPLY: Reply = { message: null, usage: null, error: null };

/** Stop reasons of a model that has finished its answer. */
const FINISHED: ReadonlySet<string> = new Set(['end_turn', 'tool_use']);

/**
 * The response without secrets. A model that repeats a key streams it in pieces: only the assembled message has it whole, and a
 * search of the stream finds at most a part of it. So a stream with any secret is stored with its pieces joined and the secret
 * replaced. An answer that was stopped may end inside a secret: what may be the beginning of one is replaced, too.
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
  const { error } = mapValues(replyOfJson(parseJson(content.toString())), (text) => redactor.text(text));
  // The figure in a count_tokens reply is not a bill.
  return { ...none, error: head.status >= 400 ? error : null };
}

/** A stream with too many events is not kept: it was not searched for secrets in pieces. */
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
  const received = assembleMessage(events);
  const { clean, found } = cleaning(received.message, redactor);
  const joined = joinDeltas(events, clean);
  const reply = cleaned(joined.changed ? assembleMessage(joined.events) : received, clean);
  // The event that the end of the stream cuts is not part of the message, but may hold a part of a secret.
  const unfinished = received.message?.complete ? null : unfinishedEvent(unsafeContent, events);
  if (unfinished) joinDeltas([...events, unfinished], clean);
  if (!found() && !body.redacted) return { ...reply, streamed: true, body };
  return { ...reply, streamed: true, body: rewritten(body, writeSse(joined.events), redactor) };
}

/**
 * The event that the end of a stream cuts, with its JSON closed where the text of a delta ends; null without one, or where it
 * does not get that far.
 * @param whole the complete events of the stream
 */
function unfinishedEvent(bytes: Uint8Array, whole: readonly SseEvent[]): SseEvent | null {
  const cut = parseSse(Buffer.concat([bytes, Buffer.from('\n\n')])).at(whole.length);
  if (cut === undefined) return null;
  // Half an escape sequence cannot be closed.
  const text = cut.data.replace(/\\(?:u[0-9a-f]{0,3})?$/i, '');
  const candidates = [cut.data, `${cut.data}}`, `${cut.data}}}`, `${text}"}}`];
  const data = candidates.find((json) => parseJson(json) !== undefined);
  return data === undefined ? null : { ...cut, data };
}

/** A message or an error as one JSON document. */
function document(content: Buffer, body: SafeBody, redactor: Redactor): SafeReply {
  const text = content.toString();
  if (isTooComplex(text)) {
    const degraded = `the response has more than ${MAX_JSON_PARTS} JSON values: it is stored, but was not read`;
    return { ...NO_REPLY, streamed: false, body: { ...body, degraded } };
  }
  const json = parseJson(text);
  const received = replyOfJson(json);
  const { clean, found } = cleaning(received.message, redactor);
  const reply = cleaned(received, clean);
  if (!found()) return { ...reply, streamed: false, body };
  const bytes = Buffer.from(JSON.stringify(mapStrings(json, clean)));
  return { ...reply, streamed: false, body: rewritten(body, bytes, redactor) };
}

/** Names of fields change only in values that the model wrote: one of ours may be the same word as a secret. */
function cleaned({ message, ...reply }: Reply, clean: (text: string) => string): Reply {
  if (message === null) return { ...mapValues(reply, clean), message };
  const { content, contextManagement, ...rest } = message;
  return {
    ...mapValues(reply, clean),
    message: {
      ...mapValues(rest, clean),
      content: mapStrings(content, clean),
      contextManagement: mapStrings(contextManagement, clean),
    },
  };
}

/** Makes the texts of a message safe, and remembers whether there was anything to replace. */
function cleaning(message: AssembledMessage | null, redactor: Redactor) {
  const cut = !(message?.complete && FINISHED.has(message.stopReason ?? ''));
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
