import { headerOf } from '../../base/headers.js';
import { storedMessage } from '../../history/message.js';
import { ReplayClock, type Speed } from '../../mcp/replay/clock.js';
import type { Timestamps } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';
import type { Usage } from '../../model/usage.js';
import type { StoredExchange } from '../../store/index.js';
import { decodeContent, encodingsOf, isEventStream } from '../../wire/index.js';
import { type Message, serializeEvent, streamEvents } from '../message-stream.js';
import { jsonReply, type Reply } from '../reply.js';

export interface AnswerOptions {
  speed: Speed;
  /** Whether the client asks for a stream. */
  streaming: boolean;
}

/** Headers that mean the same to another client. */
const KEPT_HEADERS = /^(?:content-type|request-id|x-should-retry|anthropic-[\w-]+)$/i;

/**
 * The recorded answer: its status, the headers that matter, and the bytes of its body without content coding. A stream that was
 * cut off is cut at the same place; one that the client stopped stays open there.
 */
export function recordedReply(exchange: StoredExchange, { speed, streaming }: AnswerOptions): Reply {
  const { response, state } = exchange;
  const body = bodyOf(response);
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) if (KEPT_HEADERS.test(name)) headers[name.toLowerCase()] = value;
  const wait = headerOf(response.headers, 'retry-after');
  if (wait !== null && /^\d+$/.test(wait)) {
    headers['retry-after'] = String(speed === 'max' ? 0 : Math.ceil(Number(wait) / speed));
  }
  const status = response.status ?? 200;
  const isStream = isEventStream(body, headers['content-type'] ?? null);
  if (status === 200 && streaming !== isStream) return inOtherForm(exchange, body, streaming);
  const ending = state === 'cut_off' || response.body.truncated ? 'cut' : 'complete';
  if (!isStream) return { status, headers, body, ending };
  const pieces = speed === 'max' ? inPieces([body]) : paced(eventsOf(body), exchange.timestamps, speed);
  return { status, headers, body: state === 'aborted' ? heldOpen(pieces) : pieces, ending };
}

function bodyOf({ headers, body: { bytes, redacted } }: StoredExchange['response']): Buffer {
  // Redacted bodies are stored decoded.
  const decoded = redacted ? null : decodeContent(bytes, encodingsOf(headers));
  return Buffer.from(decoded?.ok ? decoded.bytes : bytes);
}

/** A message as a stream, or the message of a stream; unchanged without a message. */
function inOtherForm({ response }: StoredExchange, body: Buffer, streaming: boolean): Reply {
  const stored = storedMessage(response.body.bytes, response.headers, response.body.redacted);
  if (stored === null) return { status: 200, headers: { 'content-type': 'application/json' }, body };
  const message = wholeMessage(stored, response.usage);
  if (!streaming) return jsonReply(200, message);
  const events = [...streamEvents(message)].map(serializeEvent).join('');
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: inPieces([Buffer.from(events)]) };
}

function wholeMessage({ id, model, content, stopReason }: AssembledMessage, usage: Usage | null): Message {
  return {
    ...{ id: id ?? 'msg_recorded', type: 'message', role: 'assistant', model: model ?? '', content },
    ...{ stop_reason: stopReason ?? 'end_turn', stop_sequence: null },
    usage: {
      input_tokens: usage?.uncached ?? 0,
      cache_creation_input_tokens: (usage?.cacheWrite5m ?? 0) + (usage?.cacheWrite1h ?? 0),
      cache_read_input_tokens: usage?.cacheRead ?? 0,
      cache_creation: {
        ephemeral_5m_input_tokens: usage?.cacheWrite5m ?? 0,
        ephemeral_1h_input_tokens: usage?.cacheWrite1h ?? 0,
      },
      output_tokens: usage?.output ?? 0,
    },
  };
}

/** Whole events, as bytes. */
function eventsOf(stream: Buffer): Buffer[] {
  const events: Buffer[] = [];
  for (let start = 0; start < stream.length; ) {
    const blank = stream.indexOf('\n\n', start);
    const end = blank === -1 ? stream.length : blank + 2;
    events.push(stream.subarray(start, end));
    start = end;
  }
  return events;
}

/** Only the times of the first and the last byte are recorded: events are spread between them by their sizes. */
async function* paced(events: readonly Buffer[], times: Timestamps, speed: Speed): AsyncGenerator<Buffer> {
  const clock = new ReplayClock({ speed });
  const start = times.received ?? times.initiated;
  const first = (times.firstByte ?? start) - start;
  const last = Math.max(first, (times.responseEnd ?? start) - start);
  const size = events.reduce((sum, event) => sum + event.length, 0);
  let sent = 0;
  for (const event of events) {
    await clock.until(first + ((last - first) * sent) / Math.max(1, size));
    sent += event.length;
    yield event;
  }
  await clock.until(last);
}

async function* inPieces(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

/** Never ends by itself. */
async function* heldOpen(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* pieces;
  await new Promise(() => {});
}
