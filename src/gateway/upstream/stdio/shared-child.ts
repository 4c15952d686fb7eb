import { onOneLine, type Replacement, withFields } from '../../../base/json-splice.js';
import { isAnswer, type RpcMessage } from '../../../mcp/messages/index.js';
import { keyOf } from '../../../mcp/messages/open-requests.js';
import type { RpcId } from '../../../mcp/messages/read-messages.js';
import { metaOf, SUBSCRIPTION_ID } from '../../../model/mcp-meta.js';
import type { CancelSignal } from '../../cancel-signal.js';
import { RPC } from '../../refusals.js';
import { UpstreamError } from '../upstream-error.js';
import type { UpstreamAnswer } from '../upstreams.js';
import { Answer } from './answer.js';
import type { Child, ChildEnd } from './child.js';
import { bytesOf, codeOf, errorMessage, progressTokenOf, subjectOf } from './rpc.js';

/** Consecutive requests given up without a byte from the server, after which it counts as hung. */
const MAX_UNANSWERED = 3;
/** A client that does not read must not make the others wait. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

interface Open {
  id: RpcId;
  /** Progress token as the client wrote it; null if it wants no progress. */
  token: RpcId | null;
  answer: Answer;
}

/**
 * A child that answers requests of 2026-07-28 from several clients, each complete in itself. Clients use the same ids, so each request
 * gets another id on the way to the server, and its own on the way back. So do progress tokens and subscriptions.
 */
export class SharedChild {
  readonly #child: Child;
  readonly #onHung: () => void;
  readonly #open = new Map<number, Open>();
  readonly #listeners = new Set<() => void>();
  #next = 1;
  #unanswered = 0;

  /** @param onHung called when it does not answer any more */
  constructor(child: Child, onHung: () => void) {
    this.#child = child;
    this.#onHung = onHung;
  }

  /**
   * @param onEnd called when the request has ended, in whatever way
   * @throws UpstreamError if the server is gone
   */
  async ask(message: RpcMessage, accept: string, signal: CancelSignal, onEnd: () => void): Promise<UpstreamAnswer> {
    const own = this.#next++;
    const answer = new Answer({
      accept,
      requests: 1,
      isModern: true,
      onFull: () => {
        if (answer.unread > MAX_UNREAD_BYTES) answer.leave();
      },
      onGone: () => {
        signal.removeEventListener('abort', leave);
        if (this.#open.delete(own)) this.#giveUp(own);
        onEnd();
      },
    });
    const leave = () => answer.leave(signal.reason);
    signal.addEventListener('abort', leave);
    const token = progressTokenOf(message);
    this.#open.set(own, { id: message.id ?? own, token, answer });
    const fields: Replacement[] = [[['id'], String(own)]];
    if (token !== null) fields.push([['params', '_meta', 'progressToken'], String(own)]);
    if (!this.#child.send(withFields(message.bytes, fields))) {
      this.#open.delete(own);
      answer.leave();
      throw new UpstreamError('exited', 'the server accepts no messages', { neverReached: true });
    }
    if (signal.aborted) leave();
    return answer.begin();
  }

  /** Sends a request that every server answers, if only by an error. Any message counts. @throws Error if none comes in time */
  signOfLife(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        signal.removeEventListener('abort', fail);
        this.#listeners.delete(done);
        resolve();
      };
      const fail = () => {
        this.#listeners.delete(done);
        reject(new UpstreamError('timeout', 'the server does not answer'));
      };
      this.#listeners.add(done);
      signal.addEventListener('abort', fail, { once: true });
      const id = this.#next++;
      const isSent = this.#child.send(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })));
      if (!isSent || signal.aborted) fail();
    });
  }

  receive(message: RpcMessage): void {
    this.#unanswered = 0;
    for (const heard of [...this.#listeners]) heard();
    if (isAnswer(message)) this.#receiveAnswer(message);
    // Servers of this revision send no requests: they answer with the input that they need.
    else if (message.kind === 'notification' && !message.truncated) this.#receiveNotification(message);
  }

  /** The server has ended. */
  close(end: ChildEnd | null): void {
    const failure = new UpstreamError('exited', `the server ended: ${end?.exit ?? 'stopped'}`);
    for (const { id, answer } of this.#open.values()) {
      answer.fail(failure, errorMessage(id, RPC.refused, 'The server has ended.'));
    }
    this.#open.clear();
  }

  #receiveAnswer(message: RpcMessage): void {
    const [only] = this.#open.keys();
    const own =
      typeof message.id === 'number' ? message.id : this.#open.size === 1 && message.id === null ? only : undefined;
    const open = own === undefined ? undefined : this.#open.get(own);
    if (own === undefined || open === undefined) return;
    this.#open.delete(own);
    if (message.id === null) {
      open.answer.answer(
        errorMessage(open.id, RPC.invalidRequest, 'The server could not read it.'),
        RPC.invalidRequest,
      );
      return;
    }
    const bytes = message.truncated
      ? bytesOf(message, open.id)
      : withFields(onOneLine(message.bytes), [
          [['id'], JSON.stringify(open.id)],
          ...subscriptionIn(message, ['result'], open.id),
        ]);
    open.answer.answer(bytes, codeOf(message));
  }

  #receiveNotification(message: RpcMessage): void {
    const { token, subscription } = subjectOf(message);
    const bytes = onOneLine(message.bytes);
    for (const [own, { id, token: original, answer }] of this.#open) {
      const key = keyOf(own);
      const asText = keyOf(String(own));
      const isProgress = original !== null && (token === key || token === asText);
      if (!isProgress && subscription !== key && subscription !== asText) continue;
      answer.beside(
        withFields(bytes, [
          ...(isProgress ? [[['params', 'progressToken'], JSON.stringify(original)] as const] : []),
          ...subscriptionIn(message, ['params'], id),
        ]),
      );
      return;
    }
    if (token !== null || subscription !== null) return;
    // It does not say which client it is for, and no client may see what is for another.
    const [only, ...others] = this.#open.values();
    if (only !== undefined && others.length === 0) only.answer.beside(bytes);
  }

  /** The client left, which cancels its request over HTTP. */
  #giveUp(own: number): void {
    const params = { requestId: own, reason: 'The client has left.' };
    this.#child.send(Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })));
    this.#unanswered += 1;
    if (this.#unanswered >= MAX_UNANSWERED) this.#onHung();
  }
}

function subscriptionIn({ body }: RpcMessage, [field]: readonly ['params' | 'result'], id: RpcId): Replacement[] {
  if (metaOf(body[field])[SUBSCRIPTION_ID] === undefined) return [];
  return [[[field, '_meta', SUBSCRIPTION_ID], JSON.stringify(id)]];
}
