import type { MessagePort } from 'node:worker_threads';
import type { WireEvent } from '../../capture/index.js';
import type { FromRecorderPort, ToRecorderPort } from './messages.js';

/**
 * Body bytes that may be on their way to the disk before new ones are dropped: the memory that a slow recorder, long streams
 * and a locked database may cost together. A body counts until its exchange is stored.
 */
const MAX_BACKLOG_BYTES = 256 * 1024 * 1024;

/** Events are collected this long, up to this size: a message between threads costs more than reading a whole exchange. */
const COLLECT_MS = 10;
const COLLECT_BYTES = 256 * 1024;

/**
 * Carries wire events from the observers to the recorder's thread. Never blocks and never throws into the pipe: when the
 * recorder falls too far behind, bodies are dropped and their messages marked truncated, while heads and times still go.
 */
export class EventSender {
  #port: MessagePort | null = null;
  #pending: WireEvent[] = [];
  #pendingBytes = 0;
  #unacknowledged = 0;
  #timer: NodeJS.Timeout | null = null;
  #muted = false;
  /** Exchanges of which bytes were dropped, until they settle. */
  readonly #shed = new Set<string>();
  readonly #onShed: (exchanges: number) => void;
  readonly #maxBacklog: number;
  #shedTotal = 0;

  constructor(onShed: (exchanges: number) => void, maxBacklog = MAX_BACKLOG_BYTES) {
    this.#onShed = onShed;
    this.#maxBacklog = maxBacklog;
  }

  /**
   * Events go to this port from now on; those sent to a recorder that died with it are lost with it.
   * @param port null: nobody records any more, and nothing is kept for anybody
   */
  attach(port: MessagePort | null): void {
    this.#port?.close();
    this.#port = port;
    this.#unacknowledged = 0;
    this.#muted = port === null;
    if (!port) {
      this.#pending = [];
      this.#pendingBytes = 0;
      return;
    }
    port.on('message', (message: FromRecorderPort) => {
      this.#unacknowledged -= message.bytes;
    });
    this.#flush();
  }

  send = (event: WireEvent): void => {
    if (this.#muted) return;
    const kept = this.#admit(event);
    if (!kept) return;
    this.#pending.push(kept);
    if (this.#pendingBytes > COLLECT_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  };

  /** Sends what is pending and says that nothing follows. */
  end(): void {
    this.#flush();
    this.#post({ type: 'end' }, []);
    this.#port?.unref();
  }

  #admit(event: WireEvent): WireEvent | null {
    switch (event.type) {
      case 'request_body':
      case 'response_body': {
        const size = event.bytes.byteLength;
        if (this.#shed.has(event.exchange) || this.#unacknowledged + this.#pendingBytes + size > this.#maxBacklog) {
          this.#noteShed(event.exchange);
          return null;
        }
        this.#pendingBytes += size;
        // An exact copy: cloning a view would copy the whole buffer behind it, and the original belongs to the pipe.
        return { ...event, bytes: new Uint8Array(event.bytes) };
      }
      case 'request_end':
      case 'response_end':
        return this.#shed.has(event.exchange) ? { ...event, truncated: true } : event;
      case 'settled':
        this.#shed.delete(event.exchange);
        return event;
      default:
        return event;
    }
  }

  #noteShed(exchange: string): void {
    if (this.#shed.has(exchange)) return;
    this.#shed.add(exchange);
    this.#shedTotal += 1;
    this.#onShed(this.#shedTotal);
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#port || this.#pending.length === 0) return;
    const events = this.#pending;
    this.#unacknowledged += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    const transfer: ArrayBuffer[] = [];
    for (const event of events) if ('bytes' in event) transfer.push(event.bytes.buffer as ArrayBuffer);
    this.#post({ type: 'events', events }, transfer);
  }

  #post(message: ToRecorderPort, transfer: ArrayBuffer[]): void {
    this.#port?.postMessage(message, transfer);
  }
}
