import { countParts, MAX_JSON_PARTS, TooComplexError } from '../base/json.js';

/** A server-sent event as dispatched: `event` is `message` where the stream names none. */
export interface SseEvent {
  event: string;
  data: string;
}

export interface SseParser {
  /** Bytes of the stream, cut anywhere: inside a character, a line end, the byte order mark. */
  push(bytes: Uint8Array): void;
}

/**
 * Parses an event stream as WHATWG HTML §9.2.6 says. An event is dispatched at the empty line that ends it; one that the
 * end of the stream cuts is dropped, as the standard wants. `id` and `retry` only matter to a client that reconnects.
 */
export function createSseParser(onEvent: (event: SseEvent) => void): SseParser {
  // Strips a leading byte order mark, and turns invalid UTF-8 into U+FFFD.
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let skipLf = false;
  let event = '';
  let data: string[] = [];

  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
  };

  return {
    push(bytes) {
      const text = rest + decoder.decode(bytes, { stream: true });
      const lineEnd = /[\r\n]/g;
      lineEnd.lastIndex = rest.length;
      let start = 0;
      if (skipLf && text !== '') {
        // The LF of a CRLF that was cut in two. Nothing can be left over from before it.
        if (text[0] === '\n') start = lineEnd.lastIndex = 1;
        skipLf = false;
      }
      for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
        line(text.slice(start, match.index));
        start = match.index + 1;
        if (match[0] !== '\r') continue;
        if (start === text.length) skipLf = true;
        else if (text[start] === '\n') start++;
        lineEnd.lastIndex = start;
      }
      rest = text.slice(start);
    },
  };
}

const FIRST_LINE_OF_EVENTS = /^\uFEFF?[\r\n]*(?::|(?:event|data|id|retry)(?:[:\r\n]|$))/;
const FIRST_OF_A_DOCUMENT = /^\uFEFF?\s*[{[<]/;

/**
 * Whether a body is a stream of events. Its first bytes decide, for gateways label streams as text/plain, and errors as
 * text/event-stream; the Content-Type decides where they say nothing.
 */
export function isEventStream(bytes: Uint8Array, contentType: string | null): boolean {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString();
  if (FIRST_LINE_OF_EVENTS.test(beginning)) return true;
  if (FIRST_OF_A_DOCUMENT.test(beginning)) return false;
  return contentType?.toLowerCase().startsWith('text/event-stream') ?? false;
}

/** Events of one stream. An answer of the API has at most one for each token. */
const MAX_EVENTS = 500_000;

/**
 * All events of a stream that is at hand as a whole.
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

/** A stream that `parseSse` reads as these: their data has no line ends. */
export function writeSse(events: readonly SseEvent[]): Buffer {
  return Buffer.from(events.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join(''));
}
