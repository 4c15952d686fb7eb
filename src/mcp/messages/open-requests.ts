import { createHash } from 'node:crypto';
import type { McpParty, McpSender } from '../../model/mcp.js';
import type { OpenCall } from './call.js';
import type { RpcId } from './read-messages.js';

/** A request whose answer has not come. */
export interface OpenRequest {
  sender: McpSender;
  /** Of its id: see `keyOf`. */
  key: string;
  method: string;
  name: string | null;
  /** Correlation id of the HTTP exchange that carried it; null for stdio. */
  exchange: string | null;
  /** The call that this is a request of: the call itself, a retry of it, or a question about its task. */
  call: OpenCall | null;
  /** What a request of 2026-07-28 says about its sender; null for older ones. */
  modern: { protocol: string; client: McpParty | null } | null;
}

/** More than any client has at a time; the oldest are forgotten. */
const MAX_OPEN = 10_000;
/** Longer ids are kept as a hash. */
const MAX_KEY_LENGTH = 128;

/** A key of bounded length, in which 1 and "1" differ. */
export function keyOf(id: RpcId): string {
  if (typeof id === 'number') return `n${id}`;
  return id.length <= MAX_KEY_LENGTH ? `s${id}` : `h${createHash('sha256').update(id).digest('hex')}`;
}

/** The open requests of one connection, in both directions. */
export class OpenRequests {
  readonly #all = new Set<OpenRequest>();
  readonly #byId = new Map<string, OpenRequest[]>();

  add(request: OpenRequest): void {
    this.#all.add(request);
    const key = keyOfRequest(request);
    this.#byId.set(key, [...(this.#byId.get(key) ?? []), request]);
    if (this.#all.size <= MAX_OPEN) return;
    const [oldest] = this.#all;
    if (oldest) this.remove(oldest);
  }

  /**
   * The request that an answer is for. Clients that share a connection over HTTP may use the same ids: then the exchange decides.
   * @param id null: it was cut off. The only open request is meant then, if there is only one.
   */
  find(sender: McpSender, id: RpcId | null, exchange: string | null): OpenRequest | null {
    if (id === null) {
      const candidates = this.ofExchange(exchange).filter((request) => request.sender === sender);
      return candidates.length === 1 ? (candidates[0] ?? null) : null;
    }
    const requests = this.#byId.get(`${sender} ${keyOf(id)}`) ?? [];
    return requests.findLast((request) => request.exchange === exchange) ?? requests.at(-1) ?? null;
  }

  /** Those of an HTTP exchange; all of stdio for null. */
  ofExchange(exchange: string | null): OpenRequest[] {
    return [...this.#all].filter((request) => request.exchange === exchange);
  }

  get all(): ReadonlySet<OpenRequest> {
    return this.#all;
  }

  remove(request: OpenRequest): void {
    this.#all.delete(request);
    const key = keyOfRequest(request);
    const others = (this.#byId.get(key) ?? []).filter((other) => other !== request);
    if (others.length > 0) this.#byId.set(key, others);
    else this.#byId.delete(key);
  }
}

function keyOfRequest({ sender, key }: OpenRequest): string {
  return `${sender} ${key}`;
}
