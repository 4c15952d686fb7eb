import { asBuffer } from '../../../base/as-buffer.js';
import { withoutByteOrderMark } from '../../../base/byte-order-mark.js';
import { now } from '../../../base/clock.js';
import { headerOf } from '../../../base/headers.js';
import type { PipeEnd } from '../../../proxy/index.js';
import type { RateLimit } from '../../../rules/index.js';
import {
  brokenBy,
  type Closed,
  COMPLETE,
  DEFAULT_LIMITS,
  degradedBy,
  type EmitHttpEvent,
  type ObservedConnection,
  type RequestHead,
  type Settlement,
  WireExchange,
} from '../../../wire/index.js';
import { MAX_MESSAGE_BYTES } from '../../messages/read-messages.js';
import { batchOf } from '../batch-of.js';
import { readHead } from '../message-head.js';
import type { RuledConnection } from '../ruled-connection.js';
import { repeatingBody, withBody, withoutCoding } from './changed-head.js';
import { decideBody, type Guarded } from './decide-body.js';
import { ExchangeMessages } from './exchange-messages.js';
import { acceptsEvents, codingsOf, isJson } from './headers.js';
import { HeldBody } from './held-body.js';
import { HttpAnswer } from './http-answer.js';
import type { HttpSessions } from './http-sessions.js';
import { type MessageReader, type Read, requestReader } from './message-reader.js';
import { ACCEPTED, jsonAnswer, type OwnAnswer } from './own-answer.js';

/** The connection, as an exchange needs it. */
export interface ExchangeOptions {
  connection: ObservedConnection;
  sessions: HttpSessions;
  emit: EmitHttpEvent;
  /** Sends bytes of a request that passes as it arrives. */
  toServer(bytes: Buffer, onWritten: (isAccepted: boolean) => void): void;
  /** Sends a whole request. @param heldMs how long it was held: the connection may have ended in the meantime */
  request(bytes: Buffer, bytesPerSecond: number | null, heldMs: number, onWritten: (isAccepted: boolean) => void): void;
  toClient(bytes: Buffer, bytesPerSecond: number | null, onWritten: (isAccepted: boolean) => void): void;
  /** Request and answer have ended. @param isLast the connection ends with it */
  onDone(isLast: boolean): void;
  /** From here on, the connection cannot be read any more. */
  onUnread(): void;
  /** Fewer messages are held than before. */
  onRelieved(): void;
  /** A rule ends the connection. */
  close(): void;
  guarded: Guarded;
  onUnruled(why: string): void;
  /** Opens the connection to upstream again. */
  redial(): Promise<PipeEnd>;
}

const EXPECTS = /^\s*100-continue\s*$/i;
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const IGNORED = (): void => {};

/** One request and its answer. A POST to a server of the configuration is held until rules have decided on its messages. */
export class HttpExchange {
  readonly #options: ExchangeOptions;
  readonly #wire: WireExchange;
  readonly #messages: ExchangeMessages;
  readonly #request: MessageReader<RequestHead> = requestReader();
  readonly #startedAt = now();
  #answer: HttpAnswer | null = null;
  #mode: 'head' | 'pass' | 'hold' | 'decided' = 'head';
  readonly #held = new HeldBody();
  #hasContinued = false;
  /** Whether a part of the request was sent to the server, whose next bytes are for this exchange. */
  isForwarded = false;
  #isAnswerDone = false;
  #isOwnAnswer = false;
  #isOver = false;

  constructor(options: ExchangeOptions) {
    const { connection, sessions, emit, guarded, onRelieved, close, redial } = options;
    this.#options = options;
    this.#wire = new WireExchange(connection, emit, DEFAULT_LIMITS, 0, this.#startedAt);
    this.#messages = new ExchangeMessages({
      ...{ connection, sessions, emit, wire: this.#wire, guarded, onRelieved, close, redial },
      inject: ({ bytes }) => this.#answer?.inject(asBuffer(bytes)),
    });
  }

  /** Whether the whole request has been read from the client. */
  get isRequestRead(): boolean {
    return this.#request.isEnded;
  }

  /** Whether it waits for rules, and nothing of it was passed on. */
  get isHeld(): boolean {
    return !this.isForwarded && (this.#mode === 'hold' || this.#mode === 'decided');
  }

  /** Whether no more should be read from the server until `onRelieved`. */
  get isFull(): boolean {
    return this.#messages.ruled?.isFull('server') ?? false;
  }

  /** @returns the bytes behind the request */
  takeRequest(chunk: Buffer): Buffer {
    const rest = this.#request.push(chunk);
    const at = now();
    const { read, failure } = this.#request;
    if (this.#mode === 'head' && read !== null) this.#begin(read.head);
    if (failure !== null) {
      this.#forward(this.#request.takeRaw());
      this.#unread(`request: ${failure}`);
    } else if (this.#mode === 'pass') this.#pass(at);
    else if (this.#mode === 'hold') this.#hold(at);
    return rest;
  }

  /** Bytes of the server. @returns those that are not part of the answer */
  takeAnswer(chunk: Buffer): Buffer {
    return this.#answerOf().take(chunk);
  }

  /** @param then called when everything that the server sent has been passed on */
  serverEnded(then: () => void): void {
    if (this.#isOwnAnswer) {
      then();
      return;
    }
    this.#answerOf().end(then);
  }

  /** The client sends nothing more. Most clients are gone then, so nobody waits for paused messages. */
  clientEnded(): void {
    if (this.#mode === 'hold') this.#passHeld(now());
    else if (!this.#request.isEnded) {
      this.#mode = 'pass';
      this.#pass(now());
    }
    this.#messages.ruled?.dropPaused();
  }

  /** The connection is gone. */
  abort(closed: Closed): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#answer?.abort();
    this.#messages.ruled?.abort();
    this.#settle(this.#wire.responseEndOffset !== null ? COMPLETE : brokenBy(closed, this.#wire));
  }

  #begin(head: RequestHead): void {
    this.#messages.begin(head);
    const { framing } = this.#request.read ?? {};
    const isLarge = framing?.type === 'sized' && framing.length > MAX_MESSAGE_BYTES;
    const isHeld = this.#messages.isOfServer && head.method === 'POST' && isJson(head.headers) && !isLarge;
    this.#mode = isHeld ? 'hold' : 'pass';
    // A coded body may be recorded without its coding: then the head is recorded later.
    if (!isHeld || !isCoded(head)) this.#wire.requestHead(head);
    if (isHeld && !this.#request.isEnded && EXPECTS.test(headerOf(head.headers, 'expect') ?? '')) {
      this.#hasContinued = true;
      this.#options.toClient(CONTINUE, null, IGNORED);
    }
  }

  #pass(at: number): void {
    for (const bytes of this.#request.takeContent()) this.#wire.requestBody(bytes, at);
    if (this.#request.isEnded) this.#wire.requestEnd(at);
    this.#forward(this.#request.takeRaw());
    this.#finish();
  }

  #forward(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.isForwarded = true;
    this.#options.toServer(bytes, (isAccepted) => this.#noteForwarded(isAccepted));
  }

  #noteForwarded(isAccepted: boolean): void {
    if (isAccepted) this.#wire.forwarded ??= now();
  }

  #hold(at: number): void {
    const bytes = this.#held.read(this.#request);
    if (bytes === undefined) return;
    const { read } = this.#request;
    const ruled = bytes === null ? null : this.#messages.open();
    if (bytes === null || read === null || ruled === null) {
      this.#passHeld(at);
      return;
    }
    this.#mode = 'decided';
    this.#decide(ruled, read, bytes);
  }

  /** Passes it as it came. */
  #passHeld(at: number): void {
    this.#mode = 'pass';
    const { read } = this.#request;
    if (read !== null && isCoded(read.head)) this.#wire.requestHead(read.head);
    this.#wire.requestBody(this.#held.take(), at);
    this.#pass(at);
  }

  /** @param bytes without their coding */
  #decide(connection: RuledConnection, { head, lines }: Read<RequestHead>, bytes: Buffer): void {
    let seen = bytes;
    /** @param isAsSent as the client sent it, with its coding */
    const record = (isAsSent: boolean) => {
      const at = now();
      if (isCoded(head)) this.#wire.requestHead(isAsSent ? head : { ...head, headers: withoutCoding(head.headers) });
      this.#wire.requestBody(isAsSent ? this.#held.take() : seen, at);
      this.#wire.requestEnd(at);
    };
    const onSeen = (recorded: Buffer) => {
      seen = recorded;
    };
    decideBody(
      { connection, sender: 'client', bytes: withoutByteOrderMark(bytes), onSeen, guarded: this.#options.guarded },
      {
        pass: (changed, bytesPerSecond, made) => {
          record(changed === null);
          if (this.#isOver) return;
          if (made.length > 0) this.#answerOf().made = made;
          const raw = this.#request.takeRaw();
          const whole =
            changed === null ? raw : Buffer.concat([withBody(repeatingBody(lines, bytes, changed), changed), changed]);
          this.isForwarded = true;
          this.#options.request(whole, bytesPerSecond, now() - this.#startedAt, (isAccepted) =>
            this.#noteForwarded(isAccepted),
          );
          this.#finish();
        },
        answer: (answer, rateLimit) => {
          record(false);
          this.#answerItself(answer, rateLimit);
        },
        drop: (isUnwanted) => {
          record(false);
          // A request that a rule swallows is not answered.
          if (isUnwanted || this.#messages.answersOnStream || !hasRequest(bytes)) this.#accept();
        },
        close: () => {
          record(false);
          this.#messages.closeStream();
          this.#options.close();
        },
      },
    );
  }

  #answerItself(answer: Buffer, rateLimit: RateLimit | null): void {
    if (this.#isOver) return;
    const line = this.#messages.takeMade();
    if (rateLimit !== null) {
      const { retryAfterMs } = rateLimit;
      const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
      if (line !== null) this.#messages.record(line);
      this.#answerWith(jsonAnswer(429, retryAfterMs === null ? [] : [['Retry-After', String(seconds)]]), answer);
    } else if (this.#messages.answersOnStream) {
      this.#accept();
      if (line !== null) this.#messages.answerOnStream(line);
    } else this.#answerWith(jsonAnswer(200), answer);
  }

  #accept(): void {
    if (!this.#isOver) this.#answerWith(ACCEPTED, Buffer.alloc(0));
  }

  #answerWith(head: OwnAnswer, body: Buffer): void {
    this.#isOwnAnswer = true;
    this.#answerOf().answer(head, body);
  }

  /** The connection of a request in absolute form serves only that one. */
  get #isLast(): boolean {
    return this.#options.connection.carriage === 'absolute-form';
  }

  #answerOf(): HttpAnswer {
    if (this.#answer !== null) return this.#answer;
    const { method, headers } = this.#request.read?.head ?? { method: 'GET', headers: [] };
    this.#answer = new HttpAnswer({
      method,
      wire: this.#wire,
      isOfServer: this.#messages.isOfServer && (method === 'POST' || method === 'GET'),
      asksForEvents: method === 'GET' && acceptsEvents(headers),
      isLast: this.#isLast,
      onHead: (head) => this.#messages.openAnswer(head),
      onEndpoint: (data) => this.#messages.openStream(data.toString().trim()),
      toClient: this.#options.toClient,
      onDone: () => {
        this.#isAnswerDone = true;
        this.#finish();
      },
      onUnread: (reason) => this.#unread(reason),
      close: () => this.#options.close(),
      guarded: this.#options.guarded,
      onUnruled: this.#options.onUnruled,
    });
    this.#answer.hasContinued = this.#hasContinued;
    return this.#answer;
  }

  #finish(): void {
    if (this.#isOver || !this.#wire.requestEnded || !this.#isAnswerDone) return;
    this.#isOver = true;
    this.#settle(COMPLETE);
    this.#options.onDone(this.#isOwnAnswer && this.#isLast);
  }

  #unread(reason: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(reason === null ? COMPLETE : degradedBy(reason));
    this.#options.onUnread();
  }

  #settle(settlement: Settlement): void {
    this.#messages.end();
    if (this.#request.hasBegun) this.#wire.settle(settlement, now());
  }
}

function isCoded({ headers }: RequestHead): boolean {
  return codingsOf(headers).length > 0;
}

/** Whether anybody waits for an answer to it. */
function hasRequest(bytes: Buffer): boolean {
  return (batchOf(bytes) ?? [bytes]).some((message) => readHead(message).kind === 'request');
}
