import type { JsonRecord } from '../../base/json.js';
import type { RpcId } from '../../mcp/messages/read-messages.js';
import { readHead } from '../../mcp/ruled/message-head.js';
import { RequestBook } from '../../mcp/ruled/request-book.js';
import type { OtherStreams, RuledConnection } from '../../mcp/ruled/ruled-connection.js';
import type { McpSender } from '../../model/mcp.js';

/** The exchanges of a session share requests of the server, which the client answers in another exchange, and messages that rules hold. */
export class SessionMessages implements OtherStreams {
  readonly #requests = new RequestBook();
  readonly #exchanges = new Set<RuledConnection>();

  add(exchange: RuledConnection): void {
    this.#exchanges.add(exchange);
  }

  remove(exchange: RuledConnection): void {
    this.#exchanges.delete(exchange);
  }

  /** The client's own requests are answered in their exchange. */
  note(sender: McpSender, bytes: Buffer): void {
    if (sender === 'server' && bytes.includes('"method"') && readHead(bytes).kind === 'request')
      this.#requests.note(bytes);
  }

  find(sender: McpSender, id: RpcId): JsonRecord | undefined {
    return sender === 'server' ? this.#requests.find(id) : undefined;
  }

  get isHolding(): boolean {
    return [...this.#exchanges].some((exchange) => exchange.isHolding);
  }

  cancel(sender: McpSender, id: RpcId): void {
    for (const exchange of this.#exchanges) exchange.cancel(sender, id);
  }
}
