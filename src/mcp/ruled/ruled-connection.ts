import { now } from '../../base/clock.js';
import type { McpSender } from '../../model/mcp.js';
import type { PausedMessage, PauseEvent, PauseId } from '../../model/paused-message.js';
import type { RuleContext } from '../../rules/index.js';
import type { RuledLine } from '../../wire/index.js';
import type { ActiveRules } from './active-rules.js';
import { Lane, type Outlet } from './lane.js';
import { headOf, readHead } from './message-head.js';
import { RequestBook } from './request-book.js';

export interface ConnectionOptions extends Omit<RuleContext, 'now'> {
  rules: ActiveRules;
  /** A message that rules applied to, or that waited for one, goes on its way now. */
  report(line: RuledLine): void;
  onPause(event: PauseEvent): void;
  /** Less is held than before. */
  onRelieved(): void;
}

/** Bytes of one sender that are held, above which no more should be read from it. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** One connection between a client and a server, whose messages rules decide on. */
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
   * @returns false: it may pass at once as it came, and `outlet` is not called
   */
  take(sender: McpSender, bytes: Buffer, outlet: Outlet): boolean {
    const other = sender === 'client' ? 'server' : 'client';
    const books = this.#books;
    const { rules, server, transport, session } = this.#options;
    books[sender].note(bytes);
    const subject = {
      sender,
      bytes,
      // Read only where a rule needs it.
      get request() {
        const { kind, id } = readHead(bytes);
        return kind === 'answer' && id !== null ? books[other].find(id) : undefined;
      },
    };
    const decision = rules.decide(subject, { server, transport, session, now: Math.round(now()) });
    const lanes = this.#lanes;
    if (decision === null && !lanes.client.isHolding && !lanes.server.isHolding) return false;
    if (lanes.client.isHolding || lanes.server.isHolding) {
      const { cancels } = readHead(bytes);
      if (cancels !== null) {
        lanes[sender].cancel(cancels, 'request');
        lanes[other].cancel(cancels, 'answer');
      }
    }
    if (decision === null && !lanes[sender].isHolding) return false;
    return lanes[sender].take(bytes, decision, outlet);
  }

  /** No more should be read from this sender until `onRelieved`. */
  isFull(sender: McpSender): boolean {
    return this.#lanes[sender].heldBytes > MAX_HELD_BYTES;
  }

  get paused(): readonly PausedMessage[] {
    return [...this.#lanes.client.paused, ...this.#lanes.server.paused];
  }

  resume(id: PauseId): void {
    if (!this.#lanes.client.resume(id)) this.#lanes.server.resume(id);
  }

  /** See `Lane.end`. */
  end(sender: McpSender, then: () => void): void {
    this.#lanes[sender].end(then);
  }

  /** What is held is dropped: of one sender, whose receiver is gone, or of both. */
  abort(sender?: McpSender): void {
    for (const each of ['client', 'server'] as const)
      if (sender === undefined || sender === each) this.#lanes[each].abort();
  }

  #lane(sender: McpSender): Lane {
    const other = sender === 'client' ? 'server' : 'client';
    const { server, report, onPause, onRelieved } = this.#options;
    return new Lane({
      sender,
      server,
      requestOf: (id) => {
        const request = this.#books[other].find(id);
        return request ? headOf(request) : null;
      },
      report,
      onPause,
      onRelieved,
    });
  }
}
