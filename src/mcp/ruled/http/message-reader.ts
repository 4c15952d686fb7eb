import {
  DEFAULT_LIMITS,
  type Framing,
  Http1Reader,
  isUnparsable,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
  requestFraming,
  responseFraming,
  type Unparsable,
} from '../../../wire/index.js';
import { Pieces } from './pieces.js';

/** The part of a message that has been read. */
export interface Read<Head> {
  /** As spelled: latin1 lines without line ends. */
  lines: readonly string[];
  head: Head;
  framing: Framing;
}

type ReadHead<Head> = (lines: readonly string[]) => Read<Head> | Unparsable;

/** Reads one request from chunks that are cut anywhere. */
export function requestReader(): MessageReader<RequestHead> {
  return new MessageReader((lines) => {
    const head = parseRequestHead(lines);
    if (isUnparsable(head)) return head;
    const framing = requestFraming(head.headers);
    return isUnparsable(framing) ? framing : { lines, head, framing };
  });
}

/** Reads one response to a request of this method, and the interim ones before it. */
export function responseReader(method: string): MessageReader<ResponseHead> {
  return new MessageReader((lines) => {
    const head = parseResponseHead(lines);
    if (isUnparsable(head)) return head;
    const framing = responseFraming(head, method);
    return isUnparsable(framing) ? framing : { lines, head, framing };
  });
}

/**
 * Reads one HTTP/1.1 message, and keeps its bytes as they came until they are taken, so that unchanged parts can be passed on byte
 * for byte. The caller asks after each chunk what has been found.
 */
export class MessageReader<Head> {
  readonly #reader: Http1Reader;
  readonly #raw = new Pieces();
  /** Position of the first byte of `#raw` in the message. */
  #rawStart = 0;
  #content: Uint8Array[] = [];
  /** Positions behind the interim heads, the head and the message. */
  #interimEnd = 0;
  #headEnd = 0;
  #end: number | null = null;
  #hasBegun = false;
  /** Null before the head is complete. */
  read: Read<Head> | null = null;
  /** Why it cannot be read further. */
  failure: string | null = null;

  constructor(readHead: ReadHead<Head>) {
    const handler = {
      start: () => {
        // The next message: its bytes are not for this reader.
        if (this.read !== null) this.#reader.stop();
        this.#hasBegun = true;
      },
      head: (lines: readonly string[], _at: number, offset: number) => {
        const read = readHead(lines);
        if (isUnparsable(read)) return read;
        if (read.framing.type === 'interim') this.#interimEnd = offset;
        else {
          this.read = read;
          this.#headEnd = offset;
        }
        return read.framing;
      },
      body: (bytes: Uint8Array) => void this.#content.push(bytes),
      end: (offset: number) => {
        this.#end = offset;
      },
      unparsable: (reason: string) => {
        this.failure = reason;
      },
    };
    this.#reader = new Http1Reader(handler, DEFAULT_LIMITS.headBytes);
  }

  /** @returns the bytes behind the message */
  push(chunk: Buffer): Buffer {
    if (this.#end !== null) return chunk;
    const before = this.#reader.total;
    this.#reader.push(chunk, 0);
    const own = this.#end === null ? chunk.length : this.#end - before;
    this.#raw.add(own === chunk.length ? chunk : chunk.subarray(0, own));
    return chunk.subarray(own);
  }

  /** The sender has ended, which also ends a body without a length. */
  finish(): void {
    this.#reader.finish(0);
  }

  /** Whether its first byte was read. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isEnded(): boolean {
    return this.#end !== null;
  }

  /** Whether its connection switches to another protocol. */
  get isSwitched(): boolean {
    return this.read?.framing.type === 'switched';
  }

  /** All bytes that were not taken yet, as they came. */
  takeRaw(): Buffer {
    const raw = this.#raw.take();
    this.#rawStart += raw.length;
    return raw;
  }

  /** The interim heads among them. */
  takeInterim(): Buffer {
    return this.#takeTo(this.#interimEnd);
  }

  /** The head, with any interim heads before it. */
  takeHead(): Buffer {
    return this.#takeTo(this.#headEnd);
  }

  /** Forgets its bytes that were not taken. */
  dropRaw(): void {
    this.#rawStart += this.#raw.length;
    this.#raw.clear();
  }

  /** The content that was not taken yet: without the transfer coding, with the content coding. */
  takeContent(): Uint8Array[] {
    const content = this.#content;
    this.#content = [];
    return content;
  }

  #takeTo(offset: number): Buffer {
    const length = offset - this.#rawStart;
    if (length <= 0) return NO_BYTES;
    const raw = this.takeRaw();
    this.#raw.add(raw.subarray(length));
    this.#rawStart = offset;
    return raw.subarray(0, length);
  }
}

const NO_BYTES = Buffer.alloc(0);
