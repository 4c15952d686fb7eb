import { isRecord } from '../../../base/json.js';
import { onOneLine } from '../../../base/json-splice.js';
import { isAnswer, type RpcMessage } from '../../../mcp/messages/index.js';
import { keyOf } from '../../../mcp/messages/open-requests.js';
import { isRpcId, type RpcId } from '../../../mcp/messages/read-messages.js';
import type { CancelSignal } from '../../cancel-signal.js';
import { RPC } from '../../refusals.js';
import { UpstreamError } from '../upstream-error.js';
import type { UpstreamAnswer } from '../upstreams.js';
import { Answer } from './answer.js';
import type { Child, ChildEnd } from './child.js';
import { accepted, bytesOf, codeOf, errorMessage, progressTokenOf, refusal, subjectOf } from './rpc.js';

/** Maximum number of messages that wait for a stream; the oldest are dropped. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 1024 * 1024;

interface Open {
  id: RpcId;
  token: string | null;
  answer: Answer;
}

/** A session of a revision before 2026-07-28: a child of its own, whose messages go to the HTTP streams of one client. */
export class StdioSession {
  readonly #child: Child;
  readonly #open = new Map<string, Open>();
  /** The stream of GET, for messages that belong to no request. */
  #stream: Answer | null = null;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Number of streams that their client does not read. */
  #full = 0;

  constructor(child: Child) {
    this.#child = child;
  }

  get hasRequests(): boolean {
    return this.#open.size > 0;
  }

  /** @throws UpstreamError if the server is gone */
  post(
    messages: readonly RpcMessage[],
    accept: string,
    signal: CancelSignal,
  ): Promise<UpstreamAnswer> | UpstreamAnswer {
    const keys: string[] = [];
    for (const { kind, id } of messages) {
      if (kind !== 'request' || id === null) continue;
      const key = keyOf(id);
      if (this.#open.has(key) || keys.includes(key))
        return refusal(400, id, RPC.invalidRequest, 'A request with this id is not answered yet.');
      keys.push(key);
    }
    const answer = keys.length === 0 ? null : this.#answer(accept, keys.length, signal);
    for (const message of messages) {
      if (answer !== null && message.kind === 'request' && message.id !== null) {
        const token = progressTokenOf(message);
        this.#open.set(keyOf(message.id), { id: message.id, token: token === null ? null : keyOf(token), answer });
      }
      if (!this.#child.send(message.bytes)) {
        for (const key of keys) this.#open.delete(key);
        throw new UpstreamError('exited', 'the server accepts no messages', { neverReached: message === messages[0] });
      }
      if (message.method === 'notifications/cancelled') this.#cancel(message);
    }
    return answer === null ? accepted() : answer.begin();
  }

  /** The stream for messages that belong to no request. One is open at a time. */
  listen(signal: CancelSignal): Promise<UpstreamAnswer> {
    this.#stream?.end();
    const stream = this.#answer('text/event-stream', Number.POSITIVE_INFINITY, signal);
    this.#stream = stream;
    this.#waitingBytes = 0;
    for (const message of this.#waiting.splice(0)) stream.beside(message);
    return stream.begin();
  }

  receive(message: RpcMessage): void {
    if (isAnswer(message)) this.#receiveAnswer(message);
    // Nobody can use a part of a message.
    else if (message.kind !== 'malformed' && !message.truncated) {
      const bytes = onOneLine(message.bytes);
      const answers = this.#answersFor(message);
      if (!answers.some((answer) => answer.beside(bytes))) this.#wait(bytes);
    }
  }

  /** The server has ended. */
  close(end: ChildEnd | null): void {
    const reason = end === null ? 'The session has ended.' : 'The server has ended.';
    const failure = new UpstreamError('exited', `the server ended: ${end?.exit ?? 'stopped'}`);
    for (const { id, answer } of this.#open.values()) {
      answer.fail(failure, errorMessage(id, RPC.refused, reason));
    }
    this.#open.clear();
    this.#stream?.end();
  }

  #answer(accept: string, requests: number, signal: CancelSignal): Answer {
    const answer: Answer = new Answer({
      accept,
      requests,
      onFull: (isFull) => this.#setFull(isFull),
      onGone: () => {
        signal.removeEventListener('abort', leave);
        if (this.#stream === answer) this.#stream = null;
      },
    });
    const leave = () => answer.leave(signal.reason);
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    return answer;
  }

  #receiveAnswer(message: RpcMessage): void {
    // An error without an id concerns a message that the server could not read.
    const open = message.id === null ? this.#onlyOpen() : this.#open.get(keyOf(message.id));
    if (open === undefined) return;
    this.#open.delete(keyOf(open.id));
    const bytes =
      message.id === null
        ? errorMessage(open.id, RPC.invalidRequest, 'The server could not read it.')
        : bytesOf(message, open.id);
    open.answer.answer(bytes, codeOf(message));
  }

  #onlyOpen(): Open | undefined {
    const [only] = this.#open.values();
    return this.#open.size === 1 ? only : undefined;
  }

  /** Streams that a message of the server may go to, best first. */
  #answersFor(message: RpcMessage): Answer[] {
    const { token } = subjectOf(message);
    const open = [...this.#open.values()];
    const ofToken = token === null ? undefined : open.find((each) => each.token === token);
    if (ofToken !== undefined) return [ofToken.answer];
    const streams = this.#stream === null ? [] : [this.#stream];
    // With one request open, it is probably about it; with several, nobody can know.
    const [only] = open;
    if (only !== undefined && open.length === 1) return [only.answer, ...streams];
    return [...streams, ...open.map(({ answer }) => answer).reverse()];
  }

  #cancel({ body }: RpcMessage): void {
    const id = isRecord(body.params) ? body.params.requestId : undefined;
    const open = isRpcId(id) ? this.#open.get(keyOf(id)) : undefined;
    if (open === undefined || !isRpcId(id)) return;
    this.#open.delete(keyOf(id));
    // Servers do not answer cancelled requests.
    open.answer.drop(errorMessage(id, RPC.invalidRequest, 'The request was cancelled.'));
  }

  #wait(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    while (this.#waiting.length > MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
    }
  }

  #setFull(isFull: boolean): void {
    this.#full += isFull ? 1 : -1;
    if (this.#full === 0) this.#child.resume();
    else this.#child.pause();
  }
}
