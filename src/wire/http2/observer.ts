import type { Header, HeaderList } from '../../model/exchange.js';
import { OpenExchanges } from '../exchange/open-exchanges.js';
import { stage } from '../exchange/settlement.js';
import type { ObserverLimits, WireExchange } from '../exchange/wire-exchange.js';
import type { ObservedConnection, Observer } from '../observer.js';
import type { EmitHttpEvent } from '../wire-event.js';
import { FLAG, FRAME, type FrameHandler, type FrameHeader, FrameReader } from './frames.js';
import { HeaderBlocks, type HeaderSink } from './header-blocks.js';
import { CANCEL, errorName, headerTableSize } from './payloads.js';

/** The first bytes of every HTTP/2 client. RFC 9113 §3.4. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/**
 * Follows the streams of an HTTP/2 connection: one stream, one exchange. Pseudo-header fields become method, target and
 * status; trailers, 1xx responses and pushed responses are read (HPACK has a state) and dropped.
 */
export function observeHttp2(connection: ObservedConnection, emit: EmitHttpEvent, limits: ObserverLimits): Observer {
  const exchanges = new OpenExchanges(connection, emit, limits);
  const streams = new Map<number, WireExchange>();

  const unparsable = (reason: string, at: number): void => {
    client.stop();
    upstream.stop();
    streams.clear();
    exchanges.abandon(reason, at);
  };

  /** A request that cannot be read is still recorded, without its head. */
  const unparsableRequest = (frame: FrameHeader, reason: string, at: number): void => {
    if (!streams.has(frame.stream)) exchanges.begin(frame.offset, frame.at);
    unparsable(`request: ${reason}`, at);
  };

  const endOfRequest = (exchange: WireExchange, at: number): void => {
    if (!exchange.requestEnded) exchanges.requestEnded(exchange, at);
  };

  const endOfResponse = (exchange: WireExchange, offset: number, at: number): void => {
    if (exchange.responseEndOffset === null) exchanges.responseEnded(exchange, offset, at);
  };

  const onRequestHeaders: HeaderSink = (fields, first, at) => {
    // A second header block on a stream holds trailers.
    const exchange = streams.get(first.stream) ?? exchanges.begin(first.offset, first.at);
    if (!streams.has(first.stream)) {
      streams.set(first.stream, exchange);
      const method = pseudo(fields, ':method');
      if (method === null) return unparsable('request: an HTTP/2 stream without a method', at);
      const target = pseudo(fields, ':path') ?? pseudo(fields, ':authority') ?? '';
      exchange.requestHead({ method, target, httpVersion: '2', headers: withoutPseudo(fields) });
    }
    if (endsStream(first)) endOfRequest(exchange, at);
  };

  const onResponseHeaders: HeaderSink = (fields, first, at, endOffset) => {
    const exchange = streams.get(first.stream);
    if (exchange?.responseEndOffset !== null) return;
    const status = Number(pseudo(fields, ':status'));
    if (!exchange.answered && status >= 200) {
      exchange.responseHead({ status, reason: '', httpVersion: '2', headers: withoutPseudo(fields) }, first.at);
    }
    if (endsStream(first)) endOfResponse(exchange, endOffset, at);
  };

  const requestBlocks = new HeaderBlocks(onRequestHeaders, limits.headBytes);
  const responseBlocks = new HeaderBlocks(onResponseHeaders, limits.headBytes);

  const onClient: FrameHandler = {
    data(frame, bytes, at) {
      const exchange = streams.get(frame.stream);
      if (exchange?.requestEnded === false) exchange.requestBody(bytes, at);
    },
    frame(frame, payload, at, endOffset) {
      const failure = requestBlocks.frame(frame, payload, at, endOffset);
      if (failure !== null) return unparsableRequest(frame, failure, at);
      if (frame.type === FRAME.settings) allowTableSize(responseBlocks, frame, payload);
      const exchange = streams.get(frame.stream);
      if (!exchange) return;
      if (frame.type === FRAME.data && endsStream(frame)) endOfRequest(exchange, at);
      if (frame.type !== FRAME.rstStream) return;
      streams.delete(frame.stream);
      if (exchange.responseEndOffset !== null) return endOfRequest(exchange, at);
      const code = payload.length === 4 ? payload.readUInt32BE(0) : CANCEL;
      const error = `the client cancelled the stream ${stage(exchange, 'the answer came')} (${errorName(code)})`;
      exchanges.settle(exchange, { outcome: 'aborted', error, degraded: null }, at);
    },
    unparsable: unparsableRequest,
  };

  const onUpstream: FrameHandler = {
    // Nothing may follow the end of a stream; if it does, its exchange may be settled already.
    data(frame, bytes, at) {
      const exchange = streams.get(frame.stream);
      if (exchange?.responseEndOffset === null) exchange.responseBody(bytes, at);
    },
    frame(frame, payload, at, endOffset) {
      const failure = responseBlocks.frame(frame, payload, at, endOffset);
      if (failure !== null) return unparsable(`response: ${failure}`, at);
      if (frame.type === FRAME.settings) allowTableSize(requestBlocks, frame, payload);
      if (frame.type === FRAME.goaway && payload.length >= 8) refuseAfter(payload.readUInt32BE(0) & 0x7fffffff, at);
      const exchange = streams.get(frame.stream);
      if (!exchange) return;
      if (frame.type === FRAME.data && endsStream(frame)) endOfResponse(exchange, endOffset, at);
      if (frame.type === FRAME.rstStream && payload.length === 4) resetByUpstream(frame, exchange, payload, at);
      if (exchange.requestEnded && exchange.responseEndOffset !== null) streams.delete(frame.stream);
    },
    unparsable: (_frame, reason, at) => unparsable(`response: ${reason}`, at),
  };

  /** After a whole response, NO_ERROR means only that the rest of the request is not needed. RFC 9113 §8.1. */
  const resetByUpstream = (frame: FrameHeader, exchange: WireExchange, payload: Buffer, at: number): void => {
    streams.delete(frame.stream);
    if (exchange.responseEndOffset !== null) return;
    const error = `upstream reset the stream ${stage(exchange, 'it answered')} (${errorName(payload.readUInt32BE(0))})`;
    exchanges.settle(exchange, { outcome: 'failed', error, degraded: null }, at);
  };

  /** GOAWAY names the last stream that will be answered. RFC 9113 §6.8. */
  const refuseAfter = (lastStream: number, at: number): void => {
    for (const [stream, exchange] of streams) {
      if (stream <= lastStream || exchange.answered) continue;
      streams.delete(stream);
      const error = 'upstream is closing the connection and did not take the request (GOAWAY)';
      exchanges.settle(exchange, { outcome: 'failed', error, degraded: null }, at);
    }
  };

  const client = new FrameReader(onClient, limits.headBytes, PREFACE.length);
  const upstream = new FrameReader(onUpstream, limits.headBytes, 0);

  return {
    clientBytes(chunk, at) {
      if (client.stopped) exchanges.unfollowed(client.total, at);
      client.push(chunk, at);
    },
    upstreamBytes: (chunk, at) => upstream.push(chunk, at),
    forwarded: (total, at) => exchanges.forwarded(total, at),
    delivered: (total, at) => exchanges.delivered(total, at),
    clientEnded: () => exchanges.clientEnded(),
    upstreamEnded: (at) => exchanges.upstreamEnded(at),
    closed: (closed, at) => exchanges.closed(closed, at),
  };
}

/** For DATA and HEADERS frames: in others the flag means something else. */
function endsStream(frame: FrameHeader): boolean {
  return (frame.flags & FLAG.endStream) !== 0;
}

function allowTableSize(blocks: HeaderBlocks, frame: FrameHeader, payload: Buffer): void {
  const size = frame.flags & FLAG.ack ? null : headerTableSize(payload);
  if (size !== null) blocks.allowTableSize(size);
}

function pseudo(fields: HeaderList, wanted: string): string | null {
  return fields.find(([name]) => name === wanted)?.[1] ?? null;
}

function withoutPseudo(fields: readonly Header[]): HeaderList {
  return fields.filter(([name]) => !name.startsWith(':'));
}
