import type { Closed, ObservedConnection } from '../observer.js';
import type { EmitHttpEvent } from '../wire-event.js';
import { brokenBy, COMPLETE, degradedBy } from './settlement.js';
import { type ObserverLimits, type Settlement, WireExchange } from './wire-exchange.js';

/**
 * The exchanges of one connection that have not settled. They settle here: when both messages have ended and the client has
 * accepted the last byte, when the connection ends, or when it can no longer be followed.
 */
export class OpenExchanges {
  readonly #connection: ObservedConnection;
  readonly #emit: EmitHttpEvent;
  readonly #limits: ObserverLimits;
  readonly #open = new Set<WireExchange>();
  #forwarded = { total: 0, at: 0 };
  #delivered = { total: 0, at: 0 };
  #clientGone = false;
  /** Why the connection is no longer followed, until an exchange has reported it. */
  #unreported: string | null = null;

  constructor(connection: ObservedConnection, emit: EmitHttpEvent, limits: ObserverLimits) {
    this.#connection = connection;
    this.#emit = emit;
    this.#limits = limits;
  }

  begin(startOffset: number, at: number): WireExchange {
    const exchange = new WireExchange(this.#connection, this.#emit, this.#limits, startOffset, at);
    if (this.#forwarded.total > startOffset) exchange.forwarded = this.#forwarded.at;
    this.#open.add(exchange);
    return exchange;
  }

  requestEnded(exchange: WireExchange, at: number): void {
    exchange.requestEnd(at);
    this.#settleWhenDone(exchange, at);
  }

  responseEnded(exchange: WireExchange, endOffset: number, at: number): void {
    exchange.responseEnd(endOffset, at);
    // A body that the end of the connection delimits ends after its bytes were passed on.
    if (this.#delivered.total >= endOffset) exchange.delivered = this.#delivered.at;
    this.#settleWhenDone(exchange, at);
  }

  settle(exchange: WireExchange, settlement: Settlement, at: number): void {
    if (this.#open.delete(exchange)) exchange.settle(settlement, at);
  }

  forwarded(total: number, at: number): void {
    this.#forwarded = { total, at };
    for (const exchange of this.#open) {
      if (exchange.forwarded === null && total > exchange.startOffset) exchange.forwarded = at;
    }
  }

  delivered(total: number, at: number): void {
    this.#delivered = { total, at };
    for (const exchange of this.#open) {
      const end = exchange.responseEndOffset;
      if (end === null || total < end) continue;
      exchange.delivered ??= at;
      this.#settleWhenDone(exchange, at);
    }
  }

  clientEnded(): void {
    this.#clientGone = true;
  }

  /** There are no more responses; whole ones may still wait for their delivery. */
  upstreamEnded(at: number): void {
    const closed: Closed = { by: this.#clientGone ? 'client' : 'upstream', how: 'fin', code: null };
    for (const exchange of this.#open) {
      if (exchange.responseEndOffset === null) this.settle(exchange, brokenBy(closed, exchange), at);
    }
  }

  closed(closed: Closed, at: number): void {
    for (const exchange of this.#open) {
      const whole = exchange.responseEndOffset !== null;
      this.settle(exchange, whole ? COMPLETE : brokenBy(closed, exchange), at);
    }
  }

  /** The bytes are unparsable from here on: exchanges that need them settle as degraded. */
  abandon(reason: string, at: number): void {
    this.#unreported = reason;
    for (const exchange of this.#open) {
      if (exchange.requestEnded && exchange.responseEndOffset !== null) continue;
      this.settle(exchange, degradedBy(reason), at);
      this.#unreported = null;
    }
  }

  /** Bytes of the client after `abandon`: at least one exchange must report that requests were not seen. */
  unfollowed(offset: number, at: number): void {
    if (this.#unreported === null) return;
    this.settle(this.begin(offset, at), degradedBy(this.#unreported), at);
    this.#unreported = null;
  }

  /**
   * A server may answer in full before the request has ended. Then the exchange stays open for the rest of the request, and
   * settles as complete with the connection.
   */
  #settleWhenDone(exchange: WireExchange, at: number): void {
    if (exchange.requestEnded && exchange.delivered !== null) this.settle(exchange, COMPLETE, at);
  }
}
