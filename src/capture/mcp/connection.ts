import { type RpcMessage, Tracker } from '../../mcp/messages/index.js';
import { ulidAfter } from '../../model/ids.js';
import type { McpConnection, McpMessageId, McpSender } from '../../model/mcp.js';
import type { McpWrite } from '../../model/mcp-write.js';
import { isPassive } from '../../model/rule.js';
import { bounded, MAX_ID_LENGTH } from '../limits.js';
import { HIDDEN, type Redactor } from '../redact/redactor.js';
import { MessageRules } from '../rules/message-rules.js';
import type { PassiveRules } from '../rules/passive-rules.js';
import { redactMessage } from '../rules/redact-message.js';
import { safeHit } from '../rules/safe-hit.js';
import { redactorOfConnection } from './connection-redactor.js';
import { learnUrls, safeBytes, safeCall, safeConnection, safeName } from './safe-message.js';
import type { SeenMessage } from './seen-message.js';

export interface ConnectionContext {
  redactor: Redactor;
  /** Null: there are no rules. */
  rules: PassiveRules | null;
  /** Estimated tokens of a text. */
  estimateTokens(text: string): number;
}

/** Where a frame was seen. */
export interface FramePlace {
  /** ULID of its record, or of its HTTP exchange. */
  record: string;
  /** Index of the first message in the record: each gets an id of its own, the same when the record is read again. */
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
  readonly #rules: PassiveRules | null;
  readonly #decider: MessageRules | null;
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
    const { estimateTokens, rules } = context;
    this.#rules = rules;
    this.#decider = rules && new MessageRules(rules);
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
  take(messages: readonly SeenMessage[], place: FramePlace): McpWrite[] {
    for (const { message, original } of messages) {
      learnUrls(message, this.#redactor);
      if (original !== null) learnUrls(original, this.#redactor);
    }
    return messages.flatMap((message, offset) => this.#one(message, place, place.index + offset));
  }

  #one(seen: SeenMessage, { record, sender, at, exchange }: FramePlace, index: number): McpWrite[] {
    const redactor = this.#redactor;
    const { message, original, ruling } = seen;
    const id: McpMessageId = `mcpm_${ulidAfter(record, index)}`;
    const decided = this.#decider?.decide(original ?? message, original && message, this.#row, { sender, at });
    const redactions = [...(ruling?.redactions ?? []), ...(decided?.redactions ?? [])];

    const synthetic = (this.#row.synthetic && sender === 'server') || ruling?.made === true;
    const dropped = ruling?.dropped === true;
    const isActedOn = ruling?.hits.some(({ action }) => !isPassive(action)) ?? false;
    const heldMs = ruling?.heldMs ?? 0;
    const altered = !synthetic && (original !== null || dropped || isActedOn || heldMs > 0);
    // The client knows what it sent and when, and what it got.
    const tracked = this.#tracker.take(sender === 'client' ? (original ?? message) : message, {
      id,
      sender,
      at: sender === 'client' ? at - heldMs : at,
      exchange,
      altered: altered || synthetic || this.#row.synthetic,
      rewritten: synthetic || original !== null,
      dropped,
    });
    // Their bytes repeat the secrets of a URL that a definition has as its name.
    for (const { name } of tracked.definitions) safeName(name, redactor);
    const safe = this.#safe(message, redactions);
    const safeOriginal = original && this.#safe(original, redactions);
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
          bytes: safe.bytes,
          original: safeOriginal?.bytes ?? null,
          truncated,
          redacted: safe.redacted || safeOriginal?.redacted === true,
          synthetic,
          altered,
          dropped,
        },
      },
    ];
    // What a rule made has the hits of the request for which it was made.
    const onItsWay = ruling === null || ruling.made ? [] : ruling.hits;
    if (ruling !== null) this.#rules?.sessions.note(this.#row.sessionId, onItsWay);
    const hits = [...onItsWay, ...(decided?.hits ?? [])].map((hit) => safeHit(hit, redactor));
    if (hits.length > 0) writes.push({ type: 'hits', hits: { of: id, at, hits } });
    if (tracked.call) writes.push({ type: 'call', call: safeCall(tracked.call, redactor) });
    for (const definition of tracked.definitions) {
      writes.push({ type: 'definition', definition: { ...definition, name: safeName(definition.name, redactor) } });
    }
    return writes;
  }

  /** What may be stored of a message. Where rules redact something and cannot be used, that is nothing. */
  #safe(message: RpcMessage, redactions: readonly string[]): { bytes: Buffer; redacted: boolean } {
    const { bytes, body, isOutline } = message;
    if (redactions.length === 0) return safeBytes(message, this.#redactor);
    const library = this.#rules?.library;
    const hidden =
      library === undefined
        ? Buffer.from(JSON.stringify(HIDDEN))
        : redactMessage(bytes, isOutline ? null : body, redactions, library, this.#redactor);
    return { bytes: safeBytes({ ...message, bytes: hidden }, this.#redactor).bytes, redacted: true };
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

  /** The client goes on after the end: what it asks now ends with the next end. */
  reopen(): void {
    this.#row = { ...this.#row, endedAt: null };
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
