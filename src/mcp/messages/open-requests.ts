import { createHash } from 'node:crypto';
import type { McpParty, McpSender } from '../../model/mcp.js';
import type { OpenCall } from './call.js';
import type { RpcId } from './read-messages.js';

/** A request whose answer has not come. */
export interface OpenRequest {
  sender: McpSender;
  /** Key of its id: see `keyOf`. */
  key: string;
  method: string;
  name: string | null;
  /** Correlation id of the HTTP exchange that carried it; null for stdio. */
  exchange: string | null;
  /** The call that this is a request of: the call itself, a retry of it, or a question about its task. */
  call: OpenCall | null;
  /** The sender, as a request of 2026-07-28 names it; null for older ones. */
  modern: { protocol: string; client: McpParty | null } | null;
}

/** More than any client has at a time; the oldest are forgotten. */
const MAX_OPEN = 10_000;
/** Maximum number of open requests with one id: clients that share a connection over HTTP may use the same. */
const MAX_SAME_ID = 100;
/** Longer ids are kept as a hash. */
const MAX_KEY_LENGTH = 128;

/** A key of bounded length, in which 1 and "1" differ. */
export function keyOf(id: RpcId): string {
  if (typeof id === 'number') return `n${id}`;
  return id.length <= MAX_KEY_LENGTH ? `s${id}` : `h${createHash('sha256').update(id).digest('hex')}`;
}

/** The open requests of one connection, in both directions. */
export class OpenRequests<Request extends OpenRequest = OpenRequest> {
  readonly #all = new Set<Request>();
  readonly #byId = new Map<string, Set<Request>>();
  readonly #byExchange = new Map<string, Set<Request>>();

  add(request: Request): void {
    this.#all.add(request);
    addTo(this.#byExchange, exchangeKey(request.sender, request.exchange), request);
    const { size, oldest: oldestOfId } = addTo(this.#byId, idKey(request), request);
    if (size > MAX_SAME_ID) this.remove(oldestOfId);
    const [oldest] = this.#all;
    if (this.#all.size > MAX_OPEN && oldest) this.remove(oldest);
  }

  /**
   * The request that an answer is for. Clients that share a connection over HTTP may use the same ids: then the exchange decides.
   * @param id null if it was cut off: then the only open request is meant, if there is only one
   */
  find(sender: McpSender, id: RpcId | null, exchange: string | null): Request | null {
    if (id === null) {
      const [only, ...others] = firstTwo(this.#byExchange.get(exchangeKey(sender, exchange)));
      return others.length === 0 ? (only ?? null) : null;
    }
    const requests = [...(this.#byId.get(`${sender} ${keyOf(id)}`) ?? [])];
    return requests.findLast((request) => request.exchange === exchange) ?? requests.at(-1) ?? null;
  }

  /** Those of an HTTP exchange; all of stdio for null. */
  ofExchange(exchange: string | null): Request[] {
    return MCP_SENDERS.flatMap((sender) => [...(this.#byExchange.get(exchangeKey(sender, exchange)) ?? [])]);
  }

  get all(): ReadonlySet<Request> {
    return this.#all;
  }

  remove(request: Request): void {
    this.#all.delete(request);
    removeFrom(this.#byId, idKey(request), request);
    removeFrom(this.#byExchange, exchangeKey(request.sender, request.exchange), request);
  }
}

const MCP_SENDERS: readonly McpSender[] = ['client', 'server'];

function idKey({ sender, key }: OpenRequest): string {
  return `${sender} ${key}`;
}

function exchangeKey(sender: McpSender, exchange: string | null): string {
  return `${sender} ${exchange}`;
}

function addTo<Request>(
  map: Map<string, Set<Request>>,
  key: string,
  request: Request,
): { size: number; oldest: Request } {
  const requests = map.get(key) ?? new Set();
  map.set(key, requests.add(request));
  const [oldest = request] = requests;
  return { size: requests.size, oldest };
}

function removeFrom<Request>(map: Map<string, Set<Request>>, key: string, request: Request): void {
  const requests = map.get(key);
  requests?.delete(request);
  if (requests?.size === 0) map.delete(key);
}

/** Without a copy of the others: an answer without an id must not cost the more, the more requests are open. */
function firstTwo<Request>(requests: ReadonlySet<Request> = new Set()): Request[] {
  const [first, second] = requests;
  return [first, second].filter((request) => request !== undefined);
}
