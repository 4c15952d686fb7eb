import Queue from 'yocto-queue';
import { MODERN_ERRORS } from '../../../mcp/messages/facts.js';
import type { HeaderList } from '../../../model/exchange.js';
import type { UpstreamAnswer } from '../upstreams.js';
import { WholeBody } from '../whole-body.js';

/** Above this many bytes that the client has not read, its server waits. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A client gets the head of the answer by then: many give up a request without one. */
const OPEN_AFTER_MS = 2_000;

/** A larger document is read as fast as the client reads. */
const MAX_WHOLE_BYTES = 64 * 1024;
const LEFT = new DOMException('The client has left.', 'AbortError');

const JSON_HEAD: HeaderList = [['content-type', 'application/json']];
const EVENTS_HEAD: HeaderList = [
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-cache'],
];

export interface AnswerOptions {
  accept: string;
  /** Number of answers to wait for. Infinity for a stream of its own, such as that of GET. */
  requests: number;
  isModern?: boolean;
  /** Called when unread bytes exceed the limit, or no longer do. */
  onFull?(isFull: boolean): void;
  /** Called when nobody reads it any more, or it was read to its end. */
  onGone(): void;
}

type Head = Pick<UpstreamAnswer, 'status' | 'headers'>;

/** The answer to an HTTP request, made of messages: a JSON document for one message, a stream of events for more. */
export class Answer {
  readonly #options: AnswerOptions;
  readonly #takesEvents: boolean;
  readonly #takesJson: boolean;
  #missing: number;
  readonly #documents: Buffer[] = [];
  /** Of a shared child, up to 32 MB of small messages: taking the first of a long array takes longer the longer it is. */
  readonly #queue = new Queue<Buffer>();
  #unread = 0;
  #isFull = false;
  #isEvents = false;
  #isEnded = false;
  #isGone = false;
  /** The answer, if it is a small document. */
  #whole: WholeBody | null = null;
  #wake: () => void = () => {};
  #timer: NodeJS.Timeout | null = null;
  /** Null before it has begun. */
  #beginning: Head | { failed: unknown } | null = null;
  #onBegun: () => void = () => {};

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#missing = options.requests;
    this.#takesEvents = /text\/(?:event-stream|\*)|\*\/\*/i.test(options.accept);
    this.#takesJson =
      options.requests !== Number.POSITIVE_INFINITY && /application\/(?:json|\*)|\*\/\*/i.test(options.accept);
    if (!this.#takesJson) this.#openEvents();
    else if (this.#takesEvents) this.#timer = setTimeout(() => this.#openEvents(), OPEN_AFTER_MS).unref();
  }

  /** The head, and the body as it comes. @throws UpstreamError if it failed before it began, AbortError if the client left */
  async begin(session: string | null = null): Promise<UpstreamAnswer> {
    if (this.#beginning === null) {
      await new Promise<void>((resolve) => {
        this.#onBegun = resolve;
      });
    }
    const begun = this.#beginning ?? { failed: LEFT };
    if ('failed' in begun) {
      this.leave();
      throw begun.failed;
    }
    return { status: begun.status, headers: begun.headers, session, body: this.#whole ?? this.#body() };
  }

  /** Only the first call counts. */
  #begins(as: Head | { failed: unknown }): void {
    this.#beginning ??= as;
    this.#onBegun();
  }

  /** Bytes of messages that were not read. */
  get unread(): number {
    return this.#unread;
  }

  /** A message that is not an answer. @returns false if this client accepts only answers here */
  beside(message: Buffer): boolean {
    if (this.#isGone || this.#isEnded || !this.#takesEvents) return false;
    this.#openEvents();
    this.#push(eventOf(message));
    return true;
  }

  /** The answer to one of its requests. @param code of an error */
  answer(message: Buffer, code: number | null): void {
    if (this.#isGone || this.#isEnded) return;
    this.#missing -= 1;
    if (this.#isEvents) this.#push(eventOf(message));
    else if (this.#options.requests > 1 && this.#takesEvents) this.beside(message);
    else {
      this.#documents.push(message);
      if (this.#missing === 0) this.#endDocument(code);
    }
    if (this.#missing === 0) this.end();
  }

  /** Nothing more comes. */
  end(): void {
    this.#isEnded = true;
    this.#clear();
    this.#wake();
  }

  /** The server has ended. @param last sent in place of the answer if the head has been sent; otherwise the error is thrown */
  fail(error: Error, last: Buffer): void {
    if (this.#isEvents) this.beside(last);
    else this.#begins({ failed: error });
    this.end();
  }

  /** One of its requests will not be answered. @param instead for a client that accepts only a document, which must hold something */
  drop(instead: Buffer): void {
    if (!this.#takesEvents) {
      this.answer(instead, null);
      return;
    }
    this.#openEvents();
    this.#missing -= 1;
    if (this.#missing === 0) this.end();
  }

  #endDocument(code: number | null): void {
    // HTTP shows these by its status.
    const isBad = this.#options.isModern && MODERN_ERRORS.has(code);
    this.#begins({ status: isBad ? 400 : 200, headers: JSON_HEAD });
    const [only = Buffer.alloc(0)] = this.#documents;
    const document = this.#options.requests === 1 ? only : listOf(this.#documents);
    if (document.length > MAX_WHOLE_BYTES) this.#push(document);
    else {
      this.#whole = new WholeBody(document);
      this.leave();
    }
  }

  #openEvents(): void {
    if (this.#isEvents) return;
    this.#isEvents = true;
    this.#clear();
    this.#begins({ status: 200, headers: EVENTS_HEAD });
    for (const document of this.#documents.splice(0)) this.#push(eventOf(document));
  }

  #push(bytes: Buffer): void {
    this.#queue.enqueue(bytes);
    this.#count(bytes.length);
    this.#wake();
  }

  #count(bytes: number): void {
    this.#unread += bytes;
    const isFull = this.#unread > MAX_UNREAD_BYTES;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#options.onFull?.(isFull);
  }

  async *#body(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const next = this.#queue.dequeue();
        if (next !== undefined) {
          yield next;
          this.#count(-next.length);
        } else if (this.#isEnded || this.#isGone) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.leave();
    }
  }

  /** The client has left, or has everything. @param reason thrown if the answer has not begun */
  leave(reason: unknown = LEFT): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#clear();
    this.#queue.clear();
    this.#count(-this.#unread);
    this.#begins({ failed: reason });
    this.#wake();
    this.#options.onGone();
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** @param message on one line */
function eventOf(message: Buffer): Buffer {
  return Buffer.concat([EVENT, message, EVENT_END]);
}

const EVENT = Buffer.from('event: message\ndata: ');
const EVENT_END = Buffer.from('\n\n');

function listOf(documents: readonly Buffer[]): Buffer {
  return Buffer.from(`[${documents.map((each) => each.toString()).join(',')}]`);
}
