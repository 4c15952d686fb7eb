import { now } from '../../base/clock.js';
import { type JsonRecord, parseRecord } from '../../base/json.js';
import { utf8Text } from '../../base/utf8-text.js';
import type { McpSender } from '../../model/mcp.js';
import type { PausedMessage, PauseEvent, PauseId } from '../../model/paused-message.js';
import type { RuleContext } from '../../rules/index.js';
import type { RuledLine } from '../../wire/index.js';
import type { RpcId } from '../messages/read-messages.js';
import type { ActiveRules } from './active-rules.js';
import { Lane, type Outlet } from './lane.js';
import { headOf } from './message-head.js';
import { RequestBook } from './request-book.js';

export interface ConnectionOptions extends Omit<RuleContext, 'now'> {
  rules: Pick<ActiveRules, 'decide'>;
  /** A message that rules applied to, or that waited for one, goes on its way now. */
  report(line: RuledLine): void;
  onPause(event: PauseEvent): void;
  /** Less is held than before. */
  onRelieved(): void;
  /** Default: no other streams. */
  others?: OtherStreams;
}

/** The streams of a session: over HTTP there are several, and a message of one may belong to a message of another. */
export interface OtherStreams {
  /** A message of the sender. */
  note(sender: McpSender, bytes: Buffer): void;
  /** A request of the sender, in any stream. */
  find(sender: McpSender, id: RpcId): JsonRecord | undefined;
  /** Whether one of them holds messages. */
  readonly isHolding: boolean;
  /** Like `RuledConnection.cancel`, for all streams. */
  cancel(sender: McpSender, id: RpcId): void;
}

/** Bytes of one sender that are held, above which no more should be read from it. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** One connection between a client and a server, or one stream of it over HTTP, whose messages rules decide on. */
export class RuledConnection {
  readonly #options: ConnectionOptions;
  readonly #lanes: Record<McpSender, Lane>;
  readonly #books: Record<McpSender, RequestBook> = { client: new RequestBook(), server: new RequestBook() };

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#lanes = { client: this.#lane('client'), server: this.#lane('server') };
  }

  /**
   * @param bytes of one message, without a line end
   * @returns false if it may pass at once as it came; `outlet` is then not called
   */
  take(sender: McpSender, bytes: Buffer, outlet: Outlet): boolean {
    const other = sender === 'client' ? 'server' : 'client';
    const find = (id: RpcId) => this.#find(other, id);
    const { rules, server, transport, session, others } = this.#options;
    this.#books[sender].note(bytes);
    others?.note(sender, bytes);
    // Read only if it is needed, and once.
    let parsed: JsonRecord | null | undefined;
    const read = () => {
      if (parsed === undefined) parsed = parseRecord(utf8Text(bytes));
      return parsed ?? undefined;
    };
    const readHead = () => headOf(read() ?? {});
    const subject = {
      sender,
      bytes,
      get message() {
        return read();
      },
      get request() {
        const { kind, id } = readHead();
        return kind === 'answer' && id !== null ? find(id) : undefined;
      },
    };
    const decision = rules.decide(subject, { server, transport, session, now: Math.round(now()) });
    if (this.isHolding || others?.isHolding) {
      const { cancels } = readHead();
      if (cancels !== null) (others ?? this).cancel(sender, cancels);
    }
    const lane = this.#lanes[sender];
    if (decision === null && !lane.isHolding) return false;
    return lane.take(bytes, decision, outlet);
  }

  get isHolding(): boolean {
    return this.#lanes.client.isHolding || this.#lanes.server.isHolding;
  }

  /** The sender has cancelled its request: the request and its answer are dropped if they are held. */
  cancel(sender: McpSender, id: RpcId): void {
    this.#lanes[sender].cancel(id, 'request');
    this.#lanes[sender === 'client' ? 'server' : 'client'].cancel(id, 'answer');
  }

  /** Whether no more should be read from this sender until `onRelieved`. */
  isFull(sender: McpSender): boolean {
    return this.#lanes[sender].heldBytes > MAX_HELD_BYTES;
  }

  get paused(): readonly PausedMessage[] {
    return [...this.#lanes.client.paused, ...this.#lanes.server.paused];
  }

  /** @returns false if the message is not here */
  resume(id: PauseId): boolean {
    return this.#lanes.client.resume(id) || this.#lanes.server.resume(id);
  }

  /** Drops messages that wait for a person, since nobody waits for them any more. */
  dropPaused(): void {
    this.#lanes.client.dropPaused();
    this.#lanes.server.dropPaused();
  }

  /** See `Lane.end`. */
  end(sender: McpSender, then: () => void): void {
    this.#lanes[sender].end(then);
  }

  /** See `Lane.whenEmpty`. */
  whenEmpty(sender: McpSender, then: () => void): void {
    this.#lanes[sender].whenEmpty(then);
  }

  /** Drops the held messages of one sender, whose receiver is gone, or of both. */
  abort(sender?: McpSender): void {
    for (const each of ['client', 'server'] as const)
      if (sender === undefined || sender === each) this.#lanes[each].abort();
  }

  /** Its own request first: clients of one server may use the same ids at the same time. */
  #find(sender: McpSender, id: RpcId): JsonRecord | undefined {
    return this.#books[sender].find(id) ?? this.#options.others?.find(sender, id);
  }

  #lane(sender: McpSender): Lane {
    const other = sender === 'client' ? 'server' : 'client';
    const { server, report, onPause, onRelieved } = this.#options;
    return new Lane({
      sender,
      server,
      requestOf: (id) => {
        const request = this.#find(other, id);
        return request ? headOf(request) : null;
      },
      report,
      onPause,
      onRelieved,
    });
  }
}
