import type { HeaderList } from '../../model/exchange.js';
import { newUlid } from '../../model/ids.js';
import type { ObservedConnection } from '../observer.js';
import type { EmitHttpEvent } from '../wire-event.js';

/** How much of the traffic an observer keeps. Bytes beyond that still flow, and are counted. */
export interface ObserverLimits {
  /** Entity bytes kept of one message. */
  bodyBytes: number;
  /** Bytes of one message head, header block or set of trailers: a larger one counts as unparsable. */
  headBytes: number;
}

export interface RequestHead {
  method: string;
  target: string;
  httpVersion: string;
  headers: HeaderList;
}

export interface ResponseHead {
  status: number;
  reason: string;
  httpVersion: string;
  headers: HeaderList;
}

/** How an exchange ended: `settled` without its times. */
export interface Settlement {
  outcome: 'complete' | 'failed' | 'aborted';
  error: string | null;
  degraded: string | null;
}

/**
 * In place of a request head that was not understood. Its bytes are not kept: they may hold credentials, and only a parsed
 * header line says where.
 */
const UNREAD_HEAD: RequestHead = { method: 'UNKNOWN', target: '/', httpVersion: '', headers: [] };

/** Counts the entity bytes of one message, and limits those that are kept. */
class BodyMeter {
  size = 0;
  #kept = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get truncated(): boolean {
    return this.#kept < this.size;
  }

  /** @returns the part of the bytes that is kept, null for none */
  take(bytes: Uint8Array): Uint8Array | null {
    this.size += bytes.length;
    const room = this.#limit - this.#kept;
    if (room <= 0 || bytes.length === 0) return null;
    const length = Math.min(bytes.length, room);
    this.#kept += length;
    // A plain view: `slice` of a Buffer would not copy the pipe's memory.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  }
}

/**
 * One exchange on the wire, from its first request byte: makes events of what the parser found, in the order that `HttpEvent`
 * describes. `OpenExchanges` decides when it settles.
 */
export class WireExchange {
  readonly id = newUlid();
  /** Time the first request byte was written upstream. */
  forwarded: number | null = null;
  /** Time the last response byte was accepted by the client. */
  delivered: number | null = null;
  /** Offset of the response's end in upstream's bytes; null before that. */
  responseEndOffset: number | null = null;
  /** Null before the request's head. */
  method: string | null = null;
  requestEnded = false;
  /** The head of the final response was seen. */
  answered = false;

  readonly #connection: ObservedConnection;
  readonly #emit: EmitHttpEvent;
  readonly #requestBody: BodyMeter;
  readonly #responseBody: BodyMeter;

  constructor(
    connection: ObservedConnection,
    emit: EmitHttpEvent,
    limits: ObserverLimits,
    /** Offset of the first request byte in the client's bytes. */
    readonly startOffset: number,
    readonly startedAt: number,
  ) {
    this.#connection = connection;
    this.#emit = emit;
    this.#requestBody = new BodyMeter(limits.bodyBytes);
    this.#responseBody = new BodyMeter(limits.bodyBytes);
  }

  /** Whether more of the response has arrived than is kept. */
  get isAnswerCut(): boolean {
    return this.#responseBody.truncated;
  }

  requestHead(head: RequestHead): void {
    this.method = head.method;
    const { host, port, carriage } = this.#connection;
    const scheme = carriage === 'tls' ? 'https' : 'http';
    this.#emit({ type: 'request_head', exchange: this.id, host, port, scheme, ...head, at: this.startedAt });
  }

  requestBody(chunk: Uint8Array, at: number): void {
    const bytes = this.#requestBody.take(chunk);
    if (bytes) this.#emit({ type: 'request_body', exchange: this.id, bytes, at });
  }

  requestEnd(at: number): void {
    this.requestEnded = true;
    const { size, truncated } = this.#requestBody;
    this.#emit({ type: 'request_end', exchange: this.id, size, truncated, at });
  }

  /** `at`: when the first byte of the final response was read. */
  responseHead(head: ResponseHead, at: number): void {
    this.answered = true;
    // On a busy machine the answer is read before the callback of the write that it answers.
    this.forwarded ??= at;
    this.#emit({ type: 'response_head', exchange: this.id, ...head, at });
  }

  responseBody(chunk: Uint8Array, at: number): void {
    const bytes = this.#responseBody.take(chunk);
    if (bytes) this.#emit({ type: 'response_body', exchange: this.id, bytes, at });
  }

  responseEnd(endOffset: number, at: number): void {
    this.responseEndOffset = endOffset;
    const { size, truncated } = this.#responseBody;
    this.#emit({ type: 'response_end', exchange: this.id, size, truncated, at });
  }

  settle(settlement: Settlement, at: number): void {
    if (this.method === null) this.requestHead(UNREAD_HEAD);
    const { forwarded, delivered } = this;
    // Without an end, no event says so.
    const isCut = this.responseEndOffset === null && this.#responseBody.truncated;
    const degraded = settlement.degraded ?? (isCut ? 'only the beginning of the response was kept' : null);
    this.#emit({ type: 'settled', exchange: this.id, ...settlement, degraded, forwarded, delivered, at });
  }
}
