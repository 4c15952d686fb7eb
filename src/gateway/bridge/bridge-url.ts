import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../base/error-text.js';
import { headerOf } from '../../base/headers.js';
import { isRecord, stringOf } from '../../base/json.js';
import { onOneLine } from '../../base/json-splice.js';
import {
  type Frame,
  isAnswer,
  MAX_MESSAGE_BYTES,
  messagesIn,
  type RpcMessage,
  readMessages,
} from '../../mcp/messages/index.js';
import { requestHeaders } from '../../mcp/messages/modern-headers.js';
import { keyOf } from '../../mcp/messages/open-requests.js';
import { isRpcId, type RpcId } from '../../mcp/messages/read-messages.js';
import type { HeaderList } from '../../model/exchange.js';
import { RPC } from '../refusals.js';
import { mayRepeat } from '../upstream/retry.js';
import { errorMessage } from '../upstream/stdio/rpc.js';
import type { Target } from '../upstream/target.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer, UpstreamRequest } from '../upstream/upstreams.js';
import { ParamHeaders } from './param-headers.js';
import {
  discard,
  errorsIn,
  FIRST_RETRY_MS,
  LONGEST_RETRY_MS,
  type Resume,
  readAnswer,
  readEvents,
  wholeBody,
} from './read-answer.js';

export interface BridgeOptions {
  /** The server. */
  target: Pick<Target, 'send'>;
  /** A message for the client, on one line without its end. Resolves when it can take more. */
  write(message: Buffer): Promise<void>;
  /** Gets messages for the user. */
  note(text: string): void;
}

const ATTEMPTS = 3;
/** How long a message waits until the server has taken the notification or the answer before it. */
const TAKEN_MS = 10_000;
/** Time for the server to end a session. */
const END_MS = 5_000;
/** An error that is not a JSON-RPC message is cut to this length. */
const MAX_ERROR_TEXT = 200;

/**
 * A client on stdio of a server over Streamable HTTP. Keeps its session, opens a new one when the server has lost it, and reads what
 * the server sends unasked. Messages pass byte for byte.
 */
export class UrlBridge {
  readonly #options: BridgeOptions;
  readonly #left = new AbortController();
  /** The next message waits for this: the server must have accepted the one before. */
  #before: Promise<unknown> = Promise.resolve();
  readonly #work = new Set<Promise<void>>();
  /** Ends requests that are not answered, by their keys. */
  readonly #open = new Map<string, AbortController>();
  /** The `initialize` of the client, with which a new session begins. */
  #opening: RpcMessage | null = null;
  #session: string | null = null;
  #version: string | null = null;
  /** While a new session is opened. */
  #reopening: Promise<boolean> | null = null;
  #stream: AbortController | null = null;
  readonly #paramHeaders = new ParamHeaders();

  constructor(options: BridgeOptions) {
    this.#options = options;
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
    const work = before.then(() => this.#pass(line, messages));
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
    if (this.#session !== null) void this.#endSession();
  }

  /** Best effort. */
  async #endSession(): Promise<void> {
    const request = this.#request(this.#versionHeader(), AbortSignal.timeout(END_MS));
    try {
      await discard(await this.#options.target.send({ ...request, method: 'DELETE' }));
    } catch {
      // The server ends it by itself at some time.
    }
  }

  /** In 2026-07-28 a request is cancelled by ending it. */
  #cancels({ method, body }: RpcMessage): boolean {
    if (method !== 'notifications/cancelled' || this.#version !== null) return false;
    const id = isRecord(body.params) ? body.params.requestId : undefined;
    if (isRpcId(id)) this.#open.get(keyOf(id))?.abort();
    return true;
  }

  /** Sends a line, and writes what the server answers. Never throws. */
  async #pass(line: Buffer, messages: readonly RpcMessage[]): Promise<void> {
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
    const [first] = messages;
    if (first?.method === 'initialize') this.#opening = first;
    const session = this.#session;
    let answer = await this.#send(line, messages, signal);
    if (answer.status === 404 && session !== null && first?.method !== 'initialize') {
      await discard(answer);
      if (!(await this.#reopen(session))) throw new Error('the session has ended, and the server opens no other');
      answer = await this.#send(line, messages, signal);
    }
    if (answer.status < 200 || answer.status > 299) return this.#failWith(answer, [...asked.values()]);
    if (first?.method === 'initialize') this.#session = answer.session;
    const resume = await readAnswer(answer, (message) => this.#write(message, asked));
    if (first?.method === 'notifications/initialized') void this.#listen();
    if (asked.size > 0 && resume !== null) await this.#resume(resume, asked, signal);
    if (asked.size > 0) await this.#fail([...asked.values()], unanswered(answer));
  }

  /** @throws UpstreamError */
  async #send(line: Buffer, messages: readonly RpcMessage[], signal: AbortSignal): Promise<UpstreamAnswer> {
    const [first] = messages;
    const named = first === undefined ? null : requestHeaders(first.body);
    const modern = named && first ? [...named, ...this.#paramHeaders.of(first.body)] : null;
    const isOpening = first?.method === 'initialize';
    const headers: [string, string][] = [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ...(modern ?? (isOpening ? [] : this.#versionHeader())),
    ];
    const request = {
      ...this.#request(headers, signal),
      session: isOpening || modern !== null ? null : this.#session,
      body: line,
      messages,
      isRequest: messages.some(({ kind }) => kind === 'request'),
    };
    const methods = messages.map(({ method }) => method);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#options.target.send(request);
      } catch (error) {
        const isLast = attempt === ATTEMPTS || signal.aborted || !(error instanceof UpstreamError);
        if (isLast || !mayRepeat(methods, error.neverReached ? 'unreached' : 'broken')) throw error;
        await delay(FIRST_RETRY_MS * 2 ** attempt, undefined, { signal });
      }
    }
  }

  #versionHeader(): [string, string][] {
    return this.#version === null ? [] : [['mcp-protocol-version', this.#version]];
  }

  #request(headers: HeaderList, signal: AbortSignal): UpstreamRequest {
    return {
      method: 'POST',
      headers,
      session: this.#session,
      body: new Uint8Array(),
      messages: [],
      identity: null,
      isRequest: false,
      signal,
    };
  }

  async #write(message: RpcMessage, asked: Map<string, RpcId>): Promise<void> {
    const { id, body } = message;
    if (isAnswer(message) && id !== null) {
      asked.delete(keyOf(id));
      this.#paramHeaders.learn(body.result);
      if (this.#opening?.id === id && isRecord(body.result)) this.#version ??= stringOf(body.result.protocolVersion);
    }
    await this.#options.write(onOneLine(message.bytes));
  }

  /** Continues a stream that broke off before it had all answers. */
  async #resume(from: Resume, asked: Map<string, RpcId>, signal: AbortSignal): Promise<void> {
    let resume = from;
    for (let attempt = 1; attempt <= ATTEMPTS && asked.size > 0; attempt++) {
      await delay(resume.retryMs, undefined, { signal });
      const answer = await this.#get(resume.lastId, signal);
      if (answer.status !== 200) return discard(answer);
      resume = (await readEvents(answer, (message) => this.#write(message, asked))) ?? resume;
    }
  }

  #get(lastId: string | null, signal: AbortSignal): Promise<UpstreamAnswer> | UpstreamAnswer {
    const headers: [string, string][] = [['accept', 'text/event-stream'], ...this.#versionHeader()];
    if (lastId !== null) headers.push(['last-event-id', lastId]);
    return this.#options.target.send({ ...this.#request(headers, signal), method: 'GET' });
  }

  /** Reads what the server sends unasked, for as long as the session lasts. Never throws. */
  async #listen(): Promise<void> {
    this.#stream?.abort();
    const stream = new AbortController();
    this.#stream = stream;
    const end = () => stream.abort();
    this.#left.signal.addEventListener('abort', end);
    const { signal } = stream;
    let lastId: string | null = null;
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        const answer = await this.#get(lastId, signal);
        // 405: it sends nothing unasked. 404: the next message opens another session, and with it another stream.
        if (answer.status >= 400 && answer.status < 500) {
          await discard(answer);
          break;
        }
        if (answer.status === 200) {
          const resume = await readEvents(answer, (message) => this.#write(message, new Map()));
          lastId = resume?.lastId ?? lastId;
          wait = resume?.retryMs ?? FIRST_RETRY_MS;
        } else await discard(answer);
      } catch {
        // It may be back later.
      }
      await delay(wait, undefined, { signal, ref: false }).catch(() => {});
    }
    this.#left.signal.removeEventListener('abort', end);
  }

  /** Replaces a session that the server no longer knows, as the client opened it. @returns false if there is no session now */
  #reopen(lost: string): Promise<boolean> {
    if (this.#session !== lost && this.#session !== null) return Promise.resolve(true);
    this.#reopening ??= this.#openAnother().finally(() => {
      this.#reopening = null;
    });
    return this.#reopening;
  }

  async #openAnother(): Promise<boolean> {
    const opening = this.#opening;
    if (opening === null) return false;
    const { signal } = this.#left;
    this.#session = null;
    const answer = await this.#send(opening.bytes, [opening], signal);
    // The client has the answer of the first time.
    await wholeBody(answer);
    if (answer.status !== 200 || answer.session === null) return false;
    this.#session = answer.session;
    const ready = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await discard(await this.#send(ready, messagesIn(ready), signal));
    this.#options.note('the server has lost the session; opened another.');
    void this.#listen();
    return true;
  }

  /** The server refused a message: passes its error on, to each request. */
  async #failWith(answer: UpstreamAnswer, ids: readonly RpcId[]): Promise<void> {
    const text = (await wholeBody(answer)).toString();
    const errors = errorsIn(text, ids);
    for (const error of errors) await this.#options.write(onOneLine(error));
    if (errors.length > 0) return;
    const advice = answer.status === 401 || answer.status === 403 ? '; give --header "Authorization: Bearer …"' : '';
    const more = text === '' ? '' : `: ${text.slice(0, MAX_ERROR_TEXT)}`;
    await this.#fail(ids, `the server answered with HTTP status ${answer.status}${advice}${more}`);
  }

  async #fail(ids: readonly RpcId[], reason: string): Promise<void> {
    if (ids.length === 0) this.#options.note(`a message was not delivered: ${reason}`);
    for (const id of ids) await this.#options.write(errorMessage(id, RPC.refused, reason));
  }
}

/** Why a successful answer has no message for a request. */
function unanswered({ status, headers }: UpstreamAnswer): string {
  const type = headerOf(headers, 'content-type')?.split(';')[0]?.trim() ?? '';
  if (/^(application\/json|text\/event-stream)$/i.test(type)) return 'the server ended its answer too early';
  const named = type === '' ? 'no content type' : type.slice(0, MAX_ERROR_TEXT);
  return `the server answered with HTTP status ${status} and ${named}, not with MCP; check the address`;
}
