import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../base/error-text.js';
import { isRecord } from '../../base/json.js';
import { onOneLine } from '../../base/json-splice.js';
import { type Frame, isAnswer, MAX_MESSAGE_BYTES, type RpcMessage, readMessages } from '../../mcp/messages/index.js';
import { keyOf } from '../../mcp/messages/open-requests.js';
import { isRpcId, type RpcId } from '../../mcp/messages/read-messages.js';
import { RPC } from '../refusals.js';
import { errorMessage } from '../upstream/stdio/rpc.js';
import type { Target } from '../upstream/target.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';
import { listen } from './listening-stream.js';
import { discard, type Resume, readAnswer, readEvents, wholeBody } from './read-answer.js';
import { describeMissingAnswer, describeRefusal, errorsIn } from './server-errors.js';
import { ServerSession } from './server-session.js';

export interface BridgeOptions {
  /** The server. */
  target: Pick<Target, 'send'>;
  /** A message for the client, on one line without its end. Resolves when it can take more. */
  write(message: Buffer): Promise<void>;
  /** Gets messages for the user. */
  note(text: string): void;
}

/** How often a stream that broke off is continued. */
const RESUMES = 3;
/** How long a message waits until the server has taken the notification or the answer before it. */
const TAKEN_MS = 10_000;

/**
 * A client on stdio of a server over Streamable HTTP. Keeps its session, opens a new one when the server has lost it, and reads what
 * the server sends unasked. Messages pass byte for byte.
 */
export class UrlBridge {
  readonly #options: BridgeOptions;
  readonly #session: ServerSession;
  readonly #left = new AbortController();
  /** The next message waits for this: the server must have accepted the one before. */
  #before: Promise<unknown> = Promise.resolve();
  readonly #work = new Set<Promise<void>>();
  /** Ends requests that are not answered, by their keys. */
  readonly #open = new Map<string, AbortController>();
  #stream: AbortController | null = null;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#session = new ServerSession(options.target, () => {
      options.note('the server has lost the session; opened another.');
      void this.#listen();
    });
    // Each request in progress listens to it.
    setMaxListeners(0, this.#left.signal);
  }

  /** A line of the client, without its end. */
  receive(frame: Frame): void {
    const messages = readMessages(frame);
    const line = Buffer.from(frame.bytes);
    const [first] = messages;
    if (first === undefined) return;
    if (first.kind === 'malformed' || first.truncated) {
      const reason = first.truncated ? `longer than ${MAX_MESSAGE_BYTES} bytes` : 'not a JSON-RPC message';
      void this.#options.write(errorMessage(first.id, RPC.parse, `Parse error: the line is ${reason}`));
      return;
    }
    if (this.#cancels(first)) return;
    const before = this.#before;
    const work = before.then(() => this.#deliver(line, messages));
    // The answer to a request may take any time: the next message does not wait for it.
    if (messages.every(({ kind }) => kind !== 'request') || first.method === 'initialize') {
      this.#before = Promise.race([work, delay(TAKEN_MS, undefined, { ref: false })]);
    }
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** Waits until all requests are answered. */
  async finish(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** The client is gone. */
  close(): void {
    this.#left.abort();
    void this.#session.end();
  }

  /** In 2026-07-28 a request is cancelled by ending it. */
  #cancels({ method, body }: RpcMessage): boolean {
    if (method !== 'notifications/cancelled' || this.#session.isInitialized) return false;
    const id = isRecord(body.params) ? body.params.requestId : undefined;
    if (isRpcId(id)) this.#open.get(keyOf(id))?.abort();
    return true;
  }

  /** Sends a line, and writes what the server answers. Never throws. */
  async #deliver(line: Buffer, messages: readonly RpcMessage[]): Promise<void> {
    const ended = new AbortController();
    const end = () => ended.abort();
    this.#left.signal.addEventListener('abort', end);
    const asked = new Map(
      messages.flatMap(({ kind, id }) => (kind === 'request' && id !== null ? [[keyOf(id), id]] : [])),
    );
    for (const key of asked.keys()) this.#open.set(key, ended);
    try {
      await this.#exchange(line, messages, asked, ended.signal);
    } catch (error) {
      if (!ended.signal.aborted) await this.#fail([...asked.values()], describeError(error));
    } finally {
      this.#left.signal.removeEventListener('abort', end);
      for (const key of asked.keys()) this.#open.delete(key);
    }
  }

  /** @param asked ids of open requests, by their keys: an answer removes its own */
  async #exchange(
    line: Buffer,
    messages: readonly RpcMessage[],
    asked: Map<string, RpcId>,
    signal: AbortSignal,
  ): Promise<void> {
    const method = messages[0]?.method;
    const session = this.#session.id;
    let answer = await this.#session.post(line, messages, signal);
    if (answer.status === 404 && session !== null && method !== 'initialize') {
      await discard(answer);
      const isOpen = await this.#session.reopen(session, this.#left.signal);
      if (!isOpen) throw new Error('the session has ended, and the server opens no other');
      answer = await this.#session.post(line, messages, signal);
    }
    if (answer.status < 200 || answer.status > 299) return this.#refuse(answer, [...asked.values()]);
    if (method === 'initialize') this.#session.begin(answer.session);
    const resume = await readAnswer(answer, (message) => this.#write(message, asked));
    if (method === 'notifications/initialized') void this.#listen();
    if (asked.size > 0 && resume !== null) await this.#resume(resume, asked, signal);
    if (asked.size > 0) await this.#fail([...asked.values()], describeMissingAnswer(answer));
  }

  async #write(message: RpcMessage, asked: Map<string, RpcId>): Promise<void> {
    if (isAnswer(message) && message.id !== null) {
      asked.delete(keyOf(message.id));
      this.#session.learn(message);
    }
    await this.#options.write(onOneLine(message.bytes));
  }

  /** Continues a stream that broke off before it had all answers. */
  async #resume(from: Resume, asked: Map<string, RpcId>, signal: AbortSignal): Promise<void> {
    let resume = from;
    for (let attempt = 1; attempt <= RESUMES && asked.size > 0; attempt++) {
      await delay(resume.retryMs, undefined, { signal });
      const answer = await this.#session.getStream(resume.lastId, signal);
      if (answer.status !== 200) return discard(answer);
      resume = (await readEvents(answer, (message) => this.#write(message, asked))) ?? resume;
    }
  }

  /** Replaces the stream that is listened to. Never throws. */
  async #listen(): Promise<void> {
    this.#stream?.abort();
    const stream = new AbortController();
    this.#stream = stream;
    const end = () => stream.abort();
    this.#left.signal.addEventListener('abort', end);
    await listen(this.#session, (message) => this.#write(message, new Map()), stream.signal);
    this.#left.signal.removeEventListener('abort', end);
  }

  /** The server refused a message: passes its error on, to each request. */
  async #refuse(answer: UpstreamAnswer, ids: readonly RpcId[]): Promise<void> {
    const text = (await wholeBody(answer)).toString();
    const errors = errorsIn(text, ids);
    for (const error of errors) await this.#options.write(onOneLine(error));
    if (errors.length === 0) await this.#fail(ids, describeRefusal(answer, text));
  }

  async #fail(ids: readonly RpcId[], reason: string): Promise<void> {
    if (ids.length === 0) this.#options.note(`a message was not delivered: ${reason}`);
    for (const id of ids) await this.#options.write(errorMessage(id, RPC.refused, reason));
  }
}
