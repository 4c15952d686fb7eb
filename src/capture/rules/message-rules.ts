import { RecentMap } from '../../base/recent-map.js';
import type { RpcMessage } from '../../mcp/messages/index.js';
import type { McpConnection, McpSender } from '../../model/mcp.js';
import type { RuleHit } from '../../model/rule.js';
import type { RuleContext, RuleEngine } from '../../rules/index.js';
import type { PassiveRules } from './passive-rules.js';

/** Maximum number of requests that wait for answers. Conditions on the request of an answer do not hold for others. */
const MAX_REQUESTS = 1_000;
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

export interface Ruling {
  hits: readonly RuleHit[];
  /** JSONPaths from the root of the message. */
  redactions: readonly string[];
}

const NO_RULING: Ruling = { hits: [], redactions: [] };

/** The rules of the configuration over the messages of one connection. */
export class MessageRules {
  readonly #rules: PassiveRules;
  readonly #engine: RuleEngine;
  /** Decides about the same message as other rules changed it, only for what must not be stored. */
  readonly #second: RuleEngine;
  readonly #requests = new RecentMap<string, RpcMessage>(MAX_REQUESTS);
  #bytes = 0;

  constructor(rules: PassiveRules) {
    this.#rules = rules;
    this.#engine = rules.library.createEngine(rules.set ?? { rules: [] });
    this.#second = rules.library.createEngine(rules.set ?? { rules: [] });
  }

  /**
   * @param sent the message as it was sent
   * @param received the same as other rules changed it; null where they did not
   */
  decide(
    sent: RpcMessage,
    received: RpcMessage | null,
    { name, transport, sessionId }: Pick<McpConnection, 'name' | 'transport' | 'sessionId'>,
    { sender, at }: { sender: McpSender; at: number },
  ): Ruling {
    if (this.#rules.set === null) return NO_RULING;
    const request = this.#requestOf(sent, sender);
    const session = this.#rules.sessions.of(sessionId, at);
    const context: RuleContext = { server: name, transport, session, now: at };
    const subjectOf = ({ bytes, body, isOutline }: RpcMessage) => ({
      sender,
      bytes,
      ...(isOutline ? {} : { message: body }),
      ...(request && { request: request.body }),
    });
    const decision = this.#engine.decide(subjectOf(sent), context);
    const second = received && this.#second.decide(subjectOf(received), context);
    const hits = decision?.hits ?? [];
    this.#rules.sessions.note(sessionId, hits);
    return { hits, redactions: [...(decision?.redactions ?? []), ...(second?.redactions ?? [])] };
  }

  /** Remembers a request, and finds that of an answer. */
  #requestOf(message: RpcMessage, sender: McpSender): RpcMessage | null {
    const { kind, id } = message;
    if (id === null) return null;
    if (kind === 'request') {
      if (this.#bytes + message.bytes.length > MAX_REQUEST_BYTES) this.#forget();
      this.#requests.set(`${sender} ${typeof id} ${id}`, message);
      this.#bytes += message.bytes.length;
      return null;
    }
    const key = `${sender === 'client' ? 'server' : 'client'} ${typeof id} ${id}`;
    const request = this.#requests.get(key) ?? null;
    if (request !== null) {
      this.#requests.delete(key);
      this.#bytes -= request.bytes.length;
    }
    return request;
  }

  #forget(): void {
    this.#requests.clear();
    this.#bytes = 0;
  }
}
