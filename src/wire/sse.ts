import { createParser } from 'eventsource-parser';
import { countParts, MAX_JSON_PARTS, TooComplexError } from '../base/json-limits.js';

/** A server-sent event. `event` is `message` where the stream has no name for it. */
export interface SseEvent {
  event: string;
  data: string;
}

export interface SseParser {
  /**
   * Takes bytes of the stream, cut anywhere: inside a character, a line end, the byte order mark.
   * @throws TooComplexError
   */
  push(bytes: Uint8Array): void;
}

/** Lines with a field that the standard does not know. For each of them the library builds an error, which takes some 10 us. */
const MAX_UNKNOWN_LINES = 100_000;

/**
 * Parses an event stream as WHATWG HTML §9.2.6 says. An event is dispatched at the empty line that ends it; the standard
 * drops an event that the end of the stream cuts.
 * @param maxEventLength characters of one event that are kept in memory until it ends
 * @param reconnection gets the fields that only matter to a client that reconnects
 */
export function createSseParser(
  onEvent: (event: SseEvent) => void,
  maxEventLength = Number.POSITIVE_INFINITY,
  reconnection: { onId?(id: string): void; onRetry?(ms: number): void } = {},
): SseParser {
  // Strips a leading byte order mark, and turns invalid UTF-8 into U+FFFD.
  const decoder = new TextDecoder('utf-8');
  let endsInCr = false;
  let unknownLines = 0;
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent({ event, data, id }) {
      if (id !== undefined) reconnection.onId?.(id);
      onEvent({ event: event ?? 'message', data });
    },
    onRetry: (ms) => reconnection.onRetry?.(ms),
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') throw new TooComplexError('an event of the stream is too long');
      if (++unknownLines > MAX_UNKNOWN_LINES)
        throw new TooComplexError('too many lines of the stream have unknown fields');
    },
  });

  return {
    push(bytes) {
      const decoded = decoder.decode(bytes, { stream: true });
      if (decoded === '') return;
      // The LF of a CRLF that was cut in two.
      const text = endsInCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
      endsInCr = decoded.endsWith('\r');
      // The library would wait for what follows a last CR, and takes quadratic time where CR and LF are mixed.
      parser.feed(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
    },
  };
}

const FIRST_LINE_OF_EVENTS = /^\uFEFF?[\r\n]*(?::|(?:event|data|id|retry)(?:[:\r\n]|$))/;
const FIRST_OF_A_DOCUMENT = /^\uFEFF?\s*[{[<]/;

/**
 * Whether a body is a stream of events. Its first bytes decide, since gateways label streams as text/plain and errors as
 * text/event-stream; where they are ambiguous, the Content-Type decides.
 */
export function isEventStream(bytes: Uint8Array, contentType: string | null): boolean {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString();
  if (FIRST_LINE_OF_EVENTS.test(beginning)) return true;
  if (FIRST_OF_A_DOCUMENT.test(beginning)) return false;
  return contentType?.toLowerCase().startsWith('text/event-stream') ?? false;
}

/** An answer of the API has at most one event for each token. */
const MAX_EVENTS = 500_000;

/**
 * All events of a whole stream.
 * @throws TooComplexError
 */
export function parseSse(bytes: Uint8Array): SseEvent[] {
  const events: SseEvent[] = [];
  let parts = 0;
  createSseParser((event) => {
    if (bytes.length > MAX_JSON_PARTS) parts += countParts(event.data, MAX_JSON_PARTS);
    if (events.length >= MAX_EVENTS || parts > MAX_JSON_PARTS) {
      throw new TooComplexError(`the stream has more than ${MAX_EVENTS} events or ${MAX_JSON_PARTS} JSON values`);
    }
    events.push(event);
  }).push(bytes);
  return events;
}

/** @param events whose data has no line ends */
export function writeSse(events: readonly SseEvent[]): Buffer {
  return Buffer.from(events.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join(''));
}
