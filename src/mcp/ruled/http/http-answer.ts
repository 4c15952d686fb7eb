import { withoutByteOrderMark } from '../../../base/byte-order-mark.js';
import { now } from '../../../base/clock.js';
import type { Header } from '../../../model/exchange.js';
import type { ResponseHead, WireExchange } from '../../../wire/index.js';
import { withMessages } from '../batch-of.js';
import type { RuledConnection } from '../ruled-connection.js';
import { headOf, withBody, withChunks, withoutCoding } from './changed-head.js';
import { decideBody, type Guarded } from './decide-body.js';
import { codingsOf, isEventStream, isJson } from './headers.js';
import { HeldBody } from './held-body.js';
import { type MessageReader, responseReader } from './message-reader.js';
import { ACCEPTED, jsonAnswer, type OwnAnswer } from './own-answer.js';
import { RuledEvents } from './ruled-events.js';

export interface AnswerOptions {
  method: string;
  wire: WireExchange;
  /** Whether rules may act on messages in this answer. */
  isOfServer: boolean;
  /** Whether the request is a GET that asks for events: clients read a successful answer as events, whatever its type. */
  asksForEvents: boolean;
  /** Whether the connection serves no other request: an answer in place of the server's must say so. */
  isLast: boolean;
  /** The head has arrived, and nothing of the answer was passed on. @returns the ruled connection of its messages */
  onHead(head: ResponseHead): RuledConnection | null;
  /** The first event of a stream of 2024-11-05. @returns the ruled connection of the messages that follow; null if they pass */
  onEndpoint(data: Buffer): RuledConnection | null;
  toClient(bytes: Buffer, bytesPerSecond: number | null, onWritten: (isAccepted: boolean) => void): void;
  /** The whole answer has been passed on. */
  onDone(): void;
  /** From here on, it cannot be read. @param reason null if the protocol was switched, as agreed */
  onUnread(reason: string | null): void;
  /** No rule can act on it, though one should. */
  onUnruled(why: string): void;
  /** A rule ends the connection. */
  close(): void;
  guarded: Guarded;
}

const NO_BYTES = Buffer.alloc(0);

/** Passes the answer to one request to the client: a JSON document as a whole, a stream event by event, all else byte by byte. */
export class HttpAnswer {
  readonly #options: AnswerOptions;
  readonly #reader: MessageReader<ResponseHead>;
  #mode: 'head' | 'pass' | 'hold' | 'events' | 'decided' = 'head';
  #startedAt: number | null = null;
  #ruled: RuledConnection | null = null;
  readonly #held = new HeldBody();
  #afterPassed: (() => void)[] = [];
  readonly #events: RuledEvents;
  #isChunked = false;
  #isOver = false;
  /** Whether a rule swallows it, so that the client waits until it gives up. */
  #isSwallowed = false;
  /** Answers of rules to other requests of the same batch. */
  made: readonly Buffer[] = [];
  /** Whether the client already has our interim answer. */
  hasContinued = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#reader = responseReader(options.method);
    this.#events = new RuledEvents({
      connection: () => this.#ruled,
      onEndpoint: (data) => {
        this.#ruled = options.onEndpoint(data) ?? this.#ruled;
      },
      write: (bytes, bytesPerSecond) => this.#writeEvents(bytes, bytesPerSecond),
      close: () => options.close(),
      guarded: options.guarded,
    });
  }

  /** @returns the bytes behind the answer */
  take(chunk: Buffer): Buffer {
    // The request may end later than its answer.
    if (this.#reader.isEnded) return chunk;
    const at = now();
    this.#startedAt ??= at;
    const rest = this.#reader.push(chunk);
    const interim = this.#reader.takeInterim();
    if (interim.length > 0 && !this.hasContinued) this.#toClient(interim);
    if (this.#reader.read !== null && this.#mode === 'head') this.#begin(this.#reader.read.head);
    if (this.#reader.failure !== null) {
      this.#toClient(this.#reader.takeRaw());
      this.#options.onUnread(`response: ${this.#reader.failure}`);
    } else if (this.#mode === 'pass') this.#pass(at);
    else if (this.#mode === 'hold') this.#hold(at);
    else if (this.#mode === 'events') this.#readEvents();
    return rest;
  }

  /** Upstream has ended. @param then called when everything it sent has been passed on */
  end(then: () => void): void {
    if (!this.#reader.isEnded) {
      this.#reader.finish();
      this.#readEnd(this.#reader.isEnded);
    }
    this.#whenPassed(then);
  }

  /** @param isWhole the end of the connection is that of the answer */
  #readEnd(isWhole: boolean): void {
    if (this.#mode === 'head') this.#toClient(this.#reader.takeRaw());
    else if (this.#mode === 'events' && !isWhole) this.#events.end();
    else if (this.#mode === 'events') this.#readEvents();
    else if (this.#mode === 'hold' && !isWhole) this.#passHeld(now());
    else if (this.#mode === 'hold') this.#hold(now());
    else if (this.#mode === 'pass' && isWhole) this.#pass(now());
  }

  #whenPassed(after: () => void): void {
    const then = () => {
      if (!this.#isSwallowed) after();
    };
    if (this.#ruled === null) {
      then();
      return;
    }
    this.#afterPassed.push(then);
    this.#ruled.whenEmpty('server', () => {
      for (const each of this.#afterPassed.splice(0)) each();
    });
  }

  /** Nobody reads it any more. */
  abort(): void {
    this.#isOver = true;
  }

  /** Adds an event to those of the server. */
  inject(message: Buffer): void {
    if (this.#mode === 'events') this.#events.inject(message);
  }

  #begin(head: ResponseHead): void {
    const { headers, status } = head;
    const { isOfServer, asksForEvents, onHead, onUnruled, method } = this.#options;
    this.#ruled = isOfServer ? onHead(head) : null;
    const isRead = this.#ruled !== null && status >= 200;
    const isDocument = isRead && method === 'POST' && isJson(headers);
    const isEvents = isRead && (isEventStream(headers) || (asksForEvents && status < 300 && this.#hasBody));
    const obstacle = isEvents ? this.#obstacle(head, isDocument) : null;
    if (obstacle !== null) onUnruled(obstacle);
    else if (isEvents) {
      this.#beginEvents(head);
      return;
    } else if (isDocument) {
      this.#mode = 'hold';
      return;
    }
    this.#mode = 'pass';
    if (this.made.length > 0 && isEmptyAnswer(status)) {
      this.#answerInstead();
      return;
    }
    this.#options.wire.responseHead(head, this.#startedAt ?? now());
    this.#toClient(this.#reader.takeHead());
  }

  get #hasBody(): boolean {
    const framing = this.#reader.read?.framing;
    return framing?.type !== 'sized' || framing.length > 0;
  }

  /** Why events cannot be read, or null. @param isDocument it also claims to be JSON */
  #obstacle({ headers, httpVersion }: ResponseHead, isDocument: boolean): string | null {
    if (isDocument) return 'an answer claims to be both JSON and events';
    if (codingsOf(headers).length > 0) return 'a stream of events has a content coding';
    // Changed events have another length, and HTTP/1.0 has no chunks.
    const isFramed = httpVersion === '1.1' || this.#reader.read?.framing.type === 'until_close';
    return isFramed ? null : 'a stream of events comes by HTTP/1.0';
  }

  #pass(at: number, bytesPerSecond: number | null = null): void {
    const { wire, onUnread } = this.#options;
    for (const bytes of this.#reader.takeContent()) wire.responseBody(bytes, at);
    const isEnded = this.#reader.isEnded;
    if (isEnded) wire.responseEnd(0, at);
    this.#toClient(this.#reader.takeRaw(), bytesPerSecond, isEnded);
    if (this.#reader.isSwitched) onUnread(null);
  }

  #hold(at: number): void {
    const bytes = this.#held.read(this.#reader);
    if (bytes === undefined) return;
    if (bytes === null || this.#ruled === null) {
      this.#passHeld(at);
      return;
    }
    this.#mode = 'decided';
    this.#decide(this.#ruled, bytes);
  }

  /** Passes it as it came. */
  #passHeld(at: number, bytesPerSecond: number | null = null): void {
    const { wire } = this.#options;
    this.#mode = 'pass';
    if (this.#reader.read !== null) wire.responseHead(this.#reader.read.head, this.#startedAt ?? at);
    wire.responseBody(this.#held.take(), at);
    this.#pass(at, bytesPerSecond);
  }

  #decide(connection: RuledConnection, body: Buffer): void {
    const bytes = withoutByteOrderMark(body);
    decideBody(
      { connection, sender: 'server', bytes, onSeen() {}, guarded: this.#options.guarded },
      {
        pass: (changed, bytesPerSecond) => {
          if (this.#isOver) return;
          if (changed === null && this.made.length === 0) this.#passHeld(now(), bytesPerSecond);
          else this.#sendInstead(withMessages(changed ?? bytes, this.made), bytesPerSecond);
        },
        answer: () => this.#answerInstead(),
        drop: (isUnwanted) => {
          if (isUnwanted) this.#answerInstead();
          else this.#isSwallowed = true;
        },
        close: () => this.#options.close(),
      },
    );
  }

  #sendInstead(body: Buffer, bytesPerSecond: number | null): void {
    const { read } = this.#reader;
    if (read === null) return;
    const { wire } = this.#options;
    const at = now();
    wire.responseHead({ ...read.head, headers: withoutCoding(read.head.headers) }, this.#startedAt ?? at);
    wire.responseBody(body, at);
    wire.responseEnd(0, at);
    this.#toClient(Buffer.concat([withBody(read.lines, body), body]), bytesPerSecond, true);
  }

  /** The answer of the server is not passed on. */
  #answerInstead(): void {
    if (this.#isOver) return;
    const body = withMessages(NO_BYTES, this.made);
    this.#mode = 'decided';
    this.answer(body.length === 0 ? ACCEPTED : jsonAnswer(200), body);
  }

  /** Answers in place of the server. */
  answer({ status, reason, headers }: OwnAnswer, body: Buffer): void {
    const { wire } = this.#options;
    const at = now();
    const all: Header[] = [...headers, ['Content-Length', String(body.length)]];
    if (this.#options.isLast) all.push(['Connection', 'close']);
    wire.responseHead({ status, reason, httpVersion: '1.1', headers: all }, at);
    wire.responseBody(body, at);
    wire.responseEnd(0, at);
    const head = headOf([`HTTP/1.1 ${status} ${reason}`, ...all.map(([name, value]) => `${name}: ${value}`)]);
    this.#toClient(Buffer.concat([head, body]), null, true);
  }

  #beginEvents(head: ResponseHead): void {
    const { wire } = this.#options;
    const { read } = this.#reader;
    this.#mode = 'events';
    wire.responseHead(head, this.#startedAt ?? now());
    this.#isChunked = read?.framing.type !== 'until_close';
    const raw = this.#reader.takeHead();
    this.#toClient(read?.framing.type === 'sized' ? withChunks(read.lines) : raw);
    for (const message of this.made) this.inject(message);
  }

  #readEvents(): void {
    this.#reader.dropRaw();
    this.#events.push(this.#reader.takeContent(), this.#reader.isEnded);
    if (this.#reader.isEnded) this.#whenPassed(() => this.#endEvents());
  }

  #endEvents(): void {
    if (this.#mode !== 'events' || this.#isOver) return;
    this.#mode = 'decided';
    this.#options.wire.responseEnd(0, now());
    this.#toClient(this.#isChunked ? Buffer.from('0\r\n\r\n') : NO_BYTES, null, true);
  }

  #writeEvents(bytes: Buffer, bytesPerSecond: number | null): void {
    if (this.#isOver) return;
    this.#options.wire.responseBody(bytes, now());
    const framed = this.#isChunked
      ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
      : bytes;
    this.#toClient(framed, bytesPerSecond);
  }

  #toClient(bytes: Buffer, bytesPerSecond: number | null = null, isEnd = false): void {
    if (bytes.length === 0 && !isEnd) return;
    this.#options.toClient(bytes, bytesPerSecond, (isAccepted) => {
      if (!isEnd) return;
      if (isAccepted) this.#options.wire.delivered = now();
      this.#options.onDone();
    });
  }
}

/** Whether it says only that everything was accepted. */
function isEmptyAnswer(status: number): boolean {
  return status === 202 || status === 204;
}
