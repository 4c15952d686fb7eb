import { setTimeout as delay } from 'node:timers/promises';
import { isRecord, stringOf } from '../../base/json.js';
import { messagesIn, type RpcMessage } from '../../mcp/messages/index.js';
import { requestHeaders } from '../../mcp/messages/modern-headers.js';
import type { HeaderList } from '../../model/exchange.js';
import { mayRepeat } from '../upstream/retry.js';
import type { Target } from '../upstream/target.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer, UpstreamRequest } from '../upstream/upstreams.js';
import { ParamHeaders } from './param-headers.js';
import { discard, FIRST_RETRY_MS, wholeBody } from './read-answer.js';

const ATTEMPTS = 3;
/** Time for the server to end a session. */
const END_MS = 5_000;

/** The session of the client with the server: what is sent belongs to it. */
export class ServerSession {
  readonly #target: Pick<Target, 'send'>;
  readonly #onReopened: () => void;
  /** The `initialize` of the client, with which a new session begins. */
  #initialize: RpcMessage | null = null;
  #id: string | null = null;
  #version: string | null = null;
  /** While a new session is opened. */
  #reopening: Promise<boolean> | null = null;
  readonly #paramHeaders = new ParamHeaders();

  /** @param onReopened the server had lost the session, and has opened another */
  constructor(target: Pick<Target, 'send'>, onReopened: () => void) {
    this.#target = target;
    this.#onReopened = onReopened;
  }

  /** Null before it begins, and for servers without sessions. */
  get id(): string | null {
    return this.#id;
  }

  /** The client has initialized. It does not in 2026-07-28. */
  get isInitialized(): boolean {
    return this.#version !== null;
  }

  /** The server has accepted `initialize`. */
  begin(id: string | null): void {
    this.#id = id;
  }

  /** Takes an answer of the server: later requests depend on it. */
  learn({ id, body }: RpcMessage): void {
    this.#paramHeaders.learn(body.result);
    if (this.#initialize?.id === id && isRecord(body.result)) this.#version ??= stringOf(body.result.protocolVersion);
  }

  /** Sends a line of the client, again where that does no harm. @throws UpstreamError */
  async post(line: Buffer, messages: readonly RpcMessage[], signal: AbortSignal): Promise<UpstreamAnswer> {
    const [first] = messages;
    const named = first === undefined ? null : requestHeaders(first.body);
    const modern = named && first ? [...named, ...this.#paramHeaders.of(first.body)] : null;
    const isInitialize = first?.method === 'initialize';
    if (isInitialize) this.#initialize = first;
    const headers: [string, string][] = [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ...(modern ?? (isInitialize ? [] : this.#versionHeader())),
    ];
    const request = {
      ...this.#request('POST', headers, signal),
      session: isInitialize || modern !== null ? null : this.#id,
      body: line,
      messages,
      isRequest: messages.some(({ kind }) => kind === 'request'),
    };
    const methods = messages.map(({ method }) => method);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#target.send(request);
      } catch (error) {
        const isLast = attempt === ATTEMPTS || signal.aborted || !(error instanceof UpstreamError);
        if (isLast || !mayRepeat(methods, error.neverReached ? 'unreached' : 'broken')) throw error;
        await delay(FIRST_RETRY_MS * 2 ** attempt, undefined, { signal });
      }
    }
  }

  /** Asks for a stream of events. @param lastId the id of the event after which it goes on */
  getStream(lastId: string | null, signal: AbortSignal): Promise<UpstreamAnswer> | UpstreamAnswer {
    const headers: [string, string][] = [['accept', 'text/event-stream'], ...this.#versionHeader()];
    if (lastId !== null) headers.push(['last-event-id', lastId]);
    return this.#target.send(this.#request('GET', headers, signal));
  }

  /** Replaces a session that the server no longer knows, as the client opened it. @returns false if there is no session now */
  reopen(lost: string, signal: AbortSignal): Promise<boolean> {
    if (this.#id !== lost && this.#id !== null) return Promise.resolve(true);
    this.#reopening ??= this.#openAnother(signal).finally(() => {
      this.#reopening = null;
    });
    return this.#reopening;
  }

  async #openAnother(signal: AbortSignal): Promise<boolean> {
    const initialize = this.#initialize;
    if (initialize === null) return false;
    this.#id = null;
    const answer = await this.post(initialize.bytes, [initialize], signal);
    // The client has the answer of the first time.
    await wholeBody(answer);
    if (answer.status !== 200 || answer.session === null) return false;
    this.#id = answer.session;
    const ready = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await discard(await this.post(ready, messagesIn(ready), signal));
    this.#onReopened();
    return true;
  }

  /** Best effort. */
  async end(): Promise<void> {
    if (this.#id === null) return;
    try {
      const request = this.#request('DELETE', this.#versionHeader(), AbortSignal.timeout(END_MS));
      await discard(await this.#target.send(request));
    } catch {
      // The server ends it by itself at some time.
    }
  }

  #versionHeader(): [string, string][] {
    return this.#version === null ? [] : [['mcp-protocol-version', this.#version]];
  }

  #request(method: 'POST' | 'GET' | 'DELETE', headers: HeaderList, signal: AbortSignal): UpstreamRequest {
    return {
      method,
      headers,
      session: this.#id,
      body: new Uint8Array(),
      messages: [],
      identity: null,
      isRequest: false,
      signal,
    };
  }
}
