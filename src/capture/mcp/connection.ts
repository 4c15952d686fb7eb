import { type RpcMessage, Tracker } from '../../mcp/messages/index.js';
import { ulidAfter } from '../../model/ids.js';
import type { McpConnection, McpMessageId, McpSender, McpWrite } from '../../model/mcp.js';
import { bounded, MAX_ID_LENGTH } from '../limits.js';
import type { Redactor } from '../redact/redactor.js';
import { redactorOfConnection } from './connection-redactor.js';
import { safeBytes, safeCall, safeConnection, safeName } from './safe-message.js';

export interface ConnectionContext {
  redactor: Redactor;
  /** Of a text. */
  estimateTokens(text: string): number;
}

/** Where a frame was seen. */
export interface FramePlace {
  /** ULID of its record, or of its HTTP exchange. */
  record: string;
  /** Of the first message in the record: each gets an id of its own, the same when the record is read again. */
  index: number;
  sender: McpSender;
  /** Unix ms with fractions. */
  at: number;
  /** Correlation id of the HTTP exchange; null for stdio. */
  exchange: string | null;
}

/** A connection of which no message was seen yet. */
export type OpenedConnection = Pick<
  McpConnection,
  'id' | 'runId' | 'sessionId' | 'name' | 'scope' | 'transport' | 'target' | 'startedAt'
> & { synthetic?: boolean };

/** One connection to an MCP server while it is recorded: its messages become writes, without secrets. */
export class RecordedConnection {
  readonly #redactor: Redactor;
  readonly #tracker: Tracker;
  #row: McpConnection;
  /** The row must be written before the next message. */
  #isNews = true;

  constructor(opened: OpenedConnection, context: ConnectionContext) {
    this.#row = {
      ...opened,
      era: null,
      protocol: null,
      client: null,
      server: null,
      readyAt: null,
      endedAt: null,
      exit: null,
      lost: 0,
      synthetic: opened.synthetic ?? false,
    };
    this.#redactor = redactorOfConnection(context.redactor, opened);
    const { estimateTokens } = context;
    this.#tracker = new Tracker({ connectionId: opened.id, estimateTokens });
  }

  get isReady(): boolean {
    return this.#row.readyAt !== null;
  }

  get transport(): McpConnection['transport'] {
    return this.#row.transport;
  }

  get isOver(): boolean {
    return this.#row.endedAt !== null;
  }

  /**
   * The write of the connection itself. It comes before each batch of messages: these are stored even if an earlier write was lost.
   */
  row(): McpWrite {
    this.#row = { ...this.#row, ...this.#tracker.facts };
    this.#isNews = false;
    return { type: 'connection', connection: safeConnection(this.#row, this.#redactor) };
  }

  /** @returns the writes of these messages, in order */
  take(messages: readonly RpcMessage[], place: FramePlace): McpWrite[] {
    return messages.flatMap((message, offset) => this.#one(message, place, place.index + offset));
  }

  #one(message: RpcMessage, { record, sender, at, exchange }: FramePlace, index: number): McpWrite[] {
    const redactor = this.#redactor;
    const id: McpMessageId = `mcpm_${ulidAfter(record, index)}`;
    const altered = this.#row.synthetic;
    const synthetic = altered && sender === 'server';
    const tracked = this.#tracker.take(message, { id, sender, at, exchange, altered, rewritten: synthetic });
    const { bytes, redacted } = safeBytes(message, redactor);
    const { kind, size, truncated } = message;
    const writes: McpWrite[] = [
      ...this.#news(),
      {
        type: 'message',
        message: {
          id,
          connectionId: this.#row.id,
          exchange,
          sender,
          kind,
          rpcId: typeof message.id === 'string' ? bounded(redactor.text(message.id), MAX_ID_LENGTH) : message.id,
          method: safeName(tracked.method, redactor),
          name: safeName(tracked.name, redactor),
          at,
          size,
          bytes,
          truncated,
          redacted,
          original: null,
          synthetic,
          altered: false,
          dropped: false,
        },
      },
    ];
    if (tracked.call) writes.push({ type: 'call', call: safeCall(tracked.call, redactor) });
    for (const definition of tracked.definitions) {
      writes.push({ type: 'definition', definition: { ...definition, name: safeName(definition.name, redactor) } });
    }
    return writes;
  }

  /** The HTTP exchange of messages has ended: see `Tracker.exchangeEnded`. */
  exchangeEnded(exchange: string, how: 'refused' | 'aborted' | 'ended', at: number): McpWrite[] {
    return this.#calls(this.#tracker.exchangeEnded(exchange, how, at));
  }

  /** No more messages follow. */
  end({ at, exit = null, lost = 0 }: { at: number; exit?: string | null; lost?: number }): McpWrite[] {
    if (this.isOver) return [];
    this.#row = { ...this.#row, endedAt: at, exit, lost: this.#row.lost + lost };
    this.#isNews = true;
    return [...this.#news(), ...this.#calls(this.#tracker.ended())];
  }

  /** Something was seen that could not be recorded. */
  lose(messages: number): McpWrite[] {
    this.#row = { ...this.#row, lost: this.#row.lost + messages };
    this.#isNews = true;
    return this.#news();
  }

  #calls(calls: ReturnType<Tracker['ended']>): McpWrite[] {
    return calls.map((call) => ({ type: 'call', call: safeCall(call, this.#redactor) }));
  }

  /** The row, where it has changed. */
  #news(): McpWrite[] {
    const { facts } = this.#tracker;
    const { era, protocol, client, server, readyAt } = this.#row;
    const isKnown =
      facts.era === era &&
      facts.protocol === protocol &&
      facts.client === client &&
      facts.server === server &&
      facts.readyAt === readyAt;
    return isKnown && !this.#isNews ? [] : [this.row()];
  }
}
