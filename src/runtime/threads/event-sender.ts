import type { MessagePort } from 'node:worker_threads';
import type { McpLine, WireEvent } from '../../wire/index.js';
import type { FromRecorderPort, ToRecorderPort } from './messages.js';

/**
 * The limit for body bytes that are not stored yet; beyond it new ones are dropped. It bounds the memory that a slow recorder,
 * long streams and a locked database can take together.
 */
const MAX_BACKLOG_BYTES = 256 * 1024 * 1024;

/**
 * A stream of an MCP server stays open for as long as the session, and is kept until it ends. From half of the backlog on, an
 * exchange that holds this part of it gets no more, so that the others are still recorded.
 */
const FAIR_SHARE = 1 / 8;

/** In place of the end of a body that was dropped, in an exchange that broke. */
const NOT_WHOLE = 'the recorder was too far behind: bodies were dropped';

/** Memory that an event takes besides its bytes, measured in Node 20. It matters when a server sends its answer byte by byte. */
export const EVENT_BYTES = 640;

/** Memory that a line of an MCP server takes besides its bytes: it has its own time and size. */
const LINE_BYTES = 200;

/** Events are collected for this long, up to this size: a message between threads costs more than reading a whole exchange. */
const COLLECT_MS = 10;
const COLLECT_BYTES = 256 * 1024;

/** An event of an exchange that is not stored yet, with its position among all events. */
interface Kept {
  n: number;
  event: WireEvent;
}

interface Unstored {
  events: Kept[];
  /** Bytes of bodies, and of the events that carry them. */
  bytes: number;
  /** Body bytes were dropped. */
  shed: boolean;
}

/**
 * Sends wire events from the observers to the recorder, and keeps them until their exchange is stored: a new recorder gets
 * them again. Body bytes are in memory that both threads share. Never blocks and never throws into the pipe: when the recorder
 * is too far behind, bodies are dropped and their messages marked truncated, while heads and times are still sent. Lines of MCP
 * servers are dropped whole, and counted for their connection.
 */
export class EventSender {
  #port: MessagePort | null = null;
  #pending: WireEvent[] = [];
  #pendingBytes = 0;
  readonly #unstored = new Map<string, Unstored>();
  #unstoredBytes = 0;
  #events = 0;
  #timer: NodeJS.Timeout | null = null;
  #muted = false;
  #ended = false;
  readonly #onShed: (exchanges: number) => void;
  readonly #maxBacklog: number;
  #shedTotal = 0;
  /** Lines that were dropped, by connection. */
  readonly #lostLines = new Map<string, number>();

  constructor(onShed: (exchanges: number) => void, maxBacklog = MAX_BACKLOG_BYTES) {
    this.#onShed = onShed;
    this.#maxBacklog = maxBacklog;
  }

  /**
   * Sends events to this port from now on, beginning with those that the previous recorder has not stored.
   * @param port null: there is no recorder any more, and nothing is kept
   */
  attach(port: MessagePort | null): void {
    this.#port?.close();
    this.#port = port;
    this.#muted = port === null;
    if (!port) {
      this.#pending = [];
      this.#unstored.clear();
      this.#unstoredBytes = 0;
      return;
    }
    port.on('message', ({ exchanges }: FromRecorderPort) => {
      for (const exchange of exchanges) this.#forget(exchange);
    });
    const kept = [...this.#unstored.values()].flatMap(({ events }) => events).sort((a, b) => a.n - b.n);
    this.#pending = kept.map(({ event }) => event);
    this.flush();
    if (this.#ended) this.end();
  }

  send = (event: WireEvent): void => {
    if (this.#muted) return;
    const admitted = this.#admit(event);
    if (!admitted) return;
    this.#pending.push(admitted);
    if (this.#pendingBytes > COLLECT_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), COLLECT_MS);
  };

  /** Sends pending events, then `end`. A later recorder gets the same. */
  end(): void {
    this.#ended = true;
    this.flush();
    this.#post({ type: 'end' });
    this.#port?.unref();
  }

  /** The number of exchanges that are not stored yet. */
  get unstored(): number {
    return this.#unstored.size;
  }

  #admit(event: WireEvent): WireEvent | null {
    if (event.type === 'mcp_lines' && !this.#hasRoomFor(weightOf(event.lines))) {
      const lost = this.#lostLines.get(event.connection) ?? 0;
      this.#lostLines.set(event.connection, lost + event.lines.length);
      return null;
    }
    const unstored = this.#unstored.get(event.exchange) ?? { events: [], bytes: 0, shed: false };
    this.#unstored.set(event.exchange, unstored);
    const admitted = this.#withoutExcess(event, unstored);
    if (admitted !== null) unstored.events.push({ n: this.#events++, event: admitted });
    return admitted;
  }

  #withoutExcess(event: WireEvent, unstored: Unstored): WireEvent | null {
    switch (event.type) {
      case 'request_body':
      case 'response_body': {
        const size = event.bytes.byteLength;
        const weight = size + EVENT_BYTES;
        if (unstored.shed || !this.#hasRoomFor(weight) || this.#isGreedy(unstored)) {
          this.#noteShed(unstored);
          return null;
        }
        this.#addTo(unstored, size, weight);
        // A copy, since the original belongs to the pipe.
        const bytes = new Uint8Array(new SharedArrayBuffer(size));
        bytes.set(event.bytes);
        return { ...event, bytes };
      }
      case 'request_end':
      case 'response_end':
        return unstored.shed ? { ...event, truncated: true } : event;
      case 'settled':
        if (!unstored.shed || event.outcome === 'complete') return event;
        return { ...event, degraded: event.degraded ?? NOT_WHOLE };
      case 'mcp_lines':
        this.#addTo(unstored, weightOf(event.lines), weightOf(event.lines));
        return { ...event, lines: inSharedMemory(event.lines) };
      case 'mcp_ruled': {
        const weight = weightOf([event.line]);
        this.#addTo(unstored, weight, weight);
        const [line = event.line] = inSharedMemory([event.line]);
        return { ...event, line };
      }
      case 'mcp_closed': {
        const lost = this.#lostLines.get(event.connection) ?? 0;
        this.#lostLines.delete(event.connection);
        return { ...event, lost: event.lost + lost };
      }
      default:
        return event;
    }
  }

  #hasRoomFor(weight: number): boolean {
    return this.#unstoredBytes + weight <= this.#maxBacklog;
  }

  #isGreedy({ bytes }: Unstored): boolean {
    return bytes > this.#maxBacklog * FAIR_SHARE && this.#unstoredBytes > this.#maxBacklog / 2;
  }

  #addTo(unstored: Unstored, size: number, weight: number): void {
    this.#pendingBytes += size;
    this.#unstoredBytes += weight;
    unstored.bytes += weight;
  }

  #noteShed(unstored: Unstored): void {
    if (unstored.shed) return;
    unstored.shed = true;
    this.#shedTotal += 1;
    this.#onShed(this.#shedTotal);
  }

  #forget(exchange: string): void {
    this.#unstoredBytes -= this.#unstored.get(exchange)?.bytes ?? 0;
    this.#unstored.delete(exchange);
  }

  /** Sends pending events now. */
  flush = (): void => {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#port || this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#post({ type: 'events', events });
  };

  #post(message: ToRecorderPort): void {
    this.#port?.postMessage(message);
  }
}

function weightOf(lines: readonly McpLine[]): number {
  return lines.reduce((sum, line) => sum + sizeOf(line) + LINE_BYTES, EVENT_BYTES);
}

/** With what a rule has changed. */
function sizeOf({ bytes, ruled }: McpLine): number {
  return bytes.length + (ruled?.original?.length ?? 0);
}

/** Copies the lines into one piece of memory that both threads share. */
function inSharedMemory<Line extends McpLine>(lines: readonly Line[]): Line[] {
  const memory = new SharedArrayBuffer(lines.reduce((sum, line) => sum + sizeOf(line), 0));
  let start = 0;
  const copy = (bytes: Uint8Array): Uint8Array => {
    const copied = new Uint8Array(memory, start, bytes.length);
    copied.set(bytes);
    start += bytes.length;
    return copied;
  };
  return lines.map((line) => {
    const bytes = copy(line.bytes);
    if (!line.ruled?.original) return { ...line, bytes };
    return { ...line, bytes, ruled: { ...line.ruled, original: copy(line.ruled.original) } };
  });
}
