/**
 * Bytes to messages, a table of contents. Nothing here knows Claude, the proxy or the store.
 *
 * observer             how the proxy calls an observer: a connection, its bytes, its end
 * observe-connection   the observer of HTTP, by version:
 * ├ http1              reader cuts bytes into heads and bodies, framing says where a body ends, observer pairs the messages
 * ├ http2              frames, header blocks (HPACK) and observer: one stream, one exchange
 * └ exchange           what both share: an exchange while it is open, and how it settles
 * wire-event           what an observer reports, for another thread
 *
 * content              content codings undone: of a whole body (content-decoding), or while it comes (stream-decoder)
 * sse                  server-sent events; sse-bytes reads the same where exact bytes matter
 */
export { DEFAULT_DECODED_LIMIT, encodingsOf } from './content/codings.js';
export { decodeContent } from './content/content-decoding.js';
export { createStreamDecoder } from './content/stream-decoder.js';
export { brokenBy, COMPLETE, degradedBy } from './exchange/settlement.js';
export { type RequestHead, type ResponseHead, type Settlement, WireExchange } from './exchange/wire-exchange.js';
export { type Framing, requestFraming, responseFraming } from './http1/framing.js';
export { isUnparsable, parseRequestHead, parseResponseHead, type Unparsable } from './http1/head.js';
export { Http1Reader } from './http1/reader.js';
export { DEFAULT_LIMITS, observe } from './observe-connection.js';
export type { Carriage, Closed, ObservedConnection, Observer, OpenObserver } from './observer.js';
export { createSseParser, isEventStream, parseSse, type SseEvent, writeSse } from './sse.js';
export { createSseBytesReader } from './sse-bytes.js';
export type { EmitHttpEvent, HttpEvent, McpEvent, McpLine, McpRuling, RuledLine, WireEvent } from './wire-event.js';
