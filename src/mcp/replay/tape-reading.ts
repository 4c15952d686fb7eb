import { isRecord, type JsonRecord } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import type { McpSender } from '../../model/mcp.js';
import { metaOf, SUBSCRIPTION_ID } from '../../model/mcp-meta.js';
import type { TapeFrame } from '../../model/tape.js';
import { keyOf as idKeyOf, type OpenRequest, OpenRequests } from '../messages/open-requests.js';
import { isRpcId, type RpcMessage } from '../messages/read-messages.js';
import type { FrameLine } from '../tape/read-tape.js';
import { hashOfKey } from './comparable.js';
import { NONE } from './hash-chains.js';
import { frameMessages } from './kept-frames.js';
import type { Chain, TapeIndex } from './tape-index.js';

export const LISTEN = 'subscriptions/listen';

/** Requests whose tokens and streams are remembered, and those that the server works on at a time. */
const MAX_REMEMBERED = 10_000;

/** Finds for each message of the server the message of the client that it belongs to. */
export class TapeReading {
  readonly #index: TapeIndex;
  readonly #onRequest: (message: RpcMessage) => void;
  readonly #open = new OpenRequests<Asked>();
  /** Requests that the server works on. A listening stream is always open. */
  readonly #active = new Set<Asked>();
  readonly #byToken = new RecentMap<string, number>(MAX_REMEMBERED);
  readonly #listens = new RecentMap<string, number>(MAX_REMEMBERED);
  /** Sent while several requests were open: they belong to the one that is answered next. */
  #undecided: Chain = { first: NONE, last: NONE };

  /** @param onRequest gets each request of the client */
  constructor(index: TapeIndex, onRequest: (message: RpcMessage) => void) {
    this.#index = index;
    this.#onRequest = onRequest;
  }

  /** @throws Error when the frame cannot be kept */
  take(frame: TapeFrame, { line, message }: Pick<FrameLine, 'message'> & { line: FrameLine['line'] | null }): void {
    this.#index.frames.add(frame, line);
    for (const [part, each] of frameMessages(frame, message).entries()) {
      if (frame.dir === 'c') this.#fromClient(each, part, frame);
      else this.#fromServer(each, part, frame);
    }
  }

  end(): void {
    this.#index.append(this.#index.lastCue, this.#undecided);
    this.#index.isWhole = true;
  }

  #fromClient(message: RpcMessage, part: number, frame: TapeFrame): void {
    const exchange = frame.http?.exchange ?? null;
    if (message.kind === 'malformed') return;
    if (message.kind === 'response' || message.kind === 'error') {
      // An answer over HTTP comes in an exchange of its own.
      const asked = this.#open.find('server', message.id, exchange);
      if (asked === null) return;
      this.#index.addReply(asked.number, part);
      this.#open.remove(asked);
      return;
    }
    if (message.method === 'notifications/cancelled') {
      const { requestId } = paramsOf(message);
      const request = isRpcId(requestId) ? this.#open.find('client', requestId, exchange) : null;
      if (request === null) return;
      this.#index.cancelled(request.number);
      this.#active.delete(request);
      return;
    }
    const cue = this.#index.addCue(message, part, hashOfKey(message), frame.redacted === true);
    if (message.kind !== 'request' || message.id === null) {
      this.#index.lastCue = cue;
      return;
    }
    this.#onRequest(message);
    this.#opened(cue, message, exchange);
  }

  #opened(cue: number, message: RpcMessage, exchange: string | null): void {
    const { id, method } = message;
    if (id === null) return;
    const key = idKeyOf(id);
    const request = new Asked('client', key, exchange, cue);
    this.#open.add(request);
    if (method === LISTEN) this.#listens.set(key, cue);
    else {
      this.#active.add(request);
      const [oldest] = this.#active.size > MAX_REMEMBERED ? this.#active : [];
      if (oldest !== undefined) this.#active.delete(oldest);
      this.#index.lastCue = cue;
    }
    const token = metaOf(message.body.params).progressToken;
    if (isRpcId(token)) this.#byToken.set(idKeyOf(token), cue);
  }

  #fromServer(message: RpcMessage, part: number, frame: TapeFrame): void {
    const exchange = frame.http?.exchange ?? null;
    if (message.kind === 'response' || message.kind === 'error') {
      const request = this.#open.find('client', message.id, exchange);
      if (request === null) return;
      const cue = request.number;
      this.#open.remove(request);
      this.#active.delete(request);
      this.#index.chain(this.#undecided, this.#index.addStep('answer', part));
      this.#index.append(cue, this.#undecided);
      this.#index.answered(cue);
      this.#undecided = { first: NONE, last: NONE };
      if (this.#listens.get(request.key) !== cue) this.#index.lastCue = cue;
      return;
    }
    const step = this.#index.addStep(message.kind, part);
    if (message.kind === 'request' && message.id !== null) {
      // Its answer comes in another exchange.
      this.#open.add(new Asked('server', idKeyOf(message.id), null, step));
    }
    const cue = this.#cueFor(message, exchange);
    if (cue === null) this.#index.chain(this.#undecided, step);
    else this.#index.append(cue, { first: step, last: step });
  }

  /** The message to which one that is not an answer belongs; null if that is not decided yet. */
  #cueFor(message: RpcMessage, exchange: string | null): number | null {
    const params = paramsOf(message);
    if (message.method === 'notifications/progress' && isRpcId(params.progressToken)) {
      const cue = this.#byToken.get(idKeyOf(params.progressToken));
      if (cue !== undefined) return cue;
    }
    if (message.method === 'notifications/subscriptions/acknowledged') {
      const id = metaOf(params)[SUBSCRIPTION_ID];
      const cue = isRpcId(id) ? this.#listens.get(idKeyOf(id)) : undefined;
      if (cue !== undefined) return cue;
    }
    const inExchange =
      exchange === null ? [] : this.#open.ofExchange(exchange).filter((each) => this.#active.has(each));
    const [first, second] = inExchange.length > 0 ? inExchange : this.#active;
    if (second !== undefined) return null;
    return first?.number ?? this.#index.lastCue;
  }
}

/** An open request. */
class Asked implements OpenRequest {
  // Not needed here.
  readonly method = '';
  readonly name = null;
  readonly call = null;
  readonly modern = null;

  constructor(
    readonly sender: McpSender,
    readonly key: string,
    readonly exchange: string | null,
    /** Number of a message of the client, or of the server, in the index of the tape. */
    readonly number: number,
  ) {}
}

function paramsOf({ body }: RpcMessage): JsonRecord {
  return isRecord(body.params) ? body.params : {};
}
