import type { Framing } from './framing.js';
import type { Unparsable } from './head.js';

/** Takes what a reader finds in one direction of a connection. Offsets count all bytes of that direction. */
export interface Http1Handler {
  /** The first byte of a message, after any empty lines. */
  start(offset: number, at: number): void;
  /** A whole head: latin1 lines without line ends. @returns how the rest of the message is delimited */
  head(lines: readonly string[], at: number, offset: number): Framing | Unparsable;
  /** Entity bytes, a part of the chunk that was pushed. */
  body(bytes: Uint8Array, at: number): void;
  /** The message's last byte is before `offset`. */
  end(offset: number, at: number): void;
  /** Nothing after this will be read. */
  unparsable(reason: string, at: number): void;
}

type State =
  | 'between'
  | 'head'
  | 'sized'
  | 'until_close'
  | 'chunk_size'
  | 'chunk_data'
  | 'chunk_end'
  | 'trailers'
  | 'stopped';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY_LINE = Buffer.from('\r\n\r\n');
const BARE_LF = /(?<!\r)\n/;

/**
 * Reads one direction of an HTTP/1.x connection from chunks that are cut anywhere. Copies only header lines. A bare LF ends a
 * line as CRLF does (RFC 9112 §2.2). Trailers are dropped.
 */
export class Http1Reader {
  readonly #handler: Http1Handler;
  readonly #headLimit: number;
  #state: State = 'between';
  /** Bytes of earlier chunks. */
  #base = 0;
  #lines: string[] = [];
  /** Beginning of a line that the last chunk cut. */
  #cut = '';
  #headBytes = 0;
  #bodyLeft = 0;

  constructor(handler: Http1Handler, headLimit: number) {
    this.#handler = handler;
    this.#headLimit = headLimit;
  }

  push(chunk: Buffer, at: number): void {
    let pos = 0;
    while (pos < chunk.length && this.#state !== 'stopped') pos = this.#step(chunk, pos, at);
    this.#base += chunk.length;
  }

  /** The sender has ended, which ends a body that only this delimits. */
  finish(at: number): void {
    if (this.#state === 'until_close') this.#endMessage(0, at);
    this.stop();
  }

  /** Ignores all further bytes. */
  stop(): void {
    this.#state = 'stopped';
    this.#lines = [];
    this.#cut = '';
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Bytes pushed so far. */
  get total(): number {
    return this.#base;
  }

  /** Consumes at least one byte. @returns the position after it */
  #step(chunk: Buffer, pos: number, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#skipEmptyLines(chunk, pos, at);
      case 'sized':
      case 'chunk_data':
        return this.#readBody(chunk, pos, at);
      case 'until_close':
        this.#handler.body(pos === 0 ? chunk : chunk.subarray(pos), at);
        return chunk.length;
      case 'head':
        return this.#readHeadAtOnce(chunk, pos, at) ?? this.#readLine(chunk, pos, at);
      default:
        return this.#readLine(chunk, pos, at);
    }
  }

  /** Reads a head that is whole in its chunk and has only CRLF, as nearly all: it saves a third of the cost of an exchange. Null for others. */
  #readHeadAtOnce(chunk: Buffer, pos: number, at: number): number | null {
    if (this.#headBytes > 0) return null;
    const end = chunk.indexOf(EMPTY_LINE, pos);
    if (end === -1 || end - pos > this.#headLimit) return null;
    const head = chunk.toString('latin1', pos, end);
    if (BARE_LF.test(head)) return null;
    const next = end + EMPTY_LINE.length;
    this.#lines = head.split('\r\n');
    this.#endHead(next, at);
    return next;
  }

  #skipEmptyLines(chunk: Buffer, pos: number, at: number): number {
    while (pos < chunk.length && (chunk[pos] === LF || chunk[pos] === CR)) pos++;
    if (pos === chunk.length) return pos;
    this.#state = 'head';
    this.#headBytes = 0;
    this.#handler.start(this.#base + pos, at);
    return pos;
  }

  #readBody(chunk: Buffer, pos: number, at: number): number {
    const end = Math.min(chunk.length, pos + this.#bodyLeft);
    this.#bodyLeft -= end - pos;
    this.#handler.body(chunk.subarray(pos, end), at);
    if (this.#bodyLeft > 0) return end;
    if (this.#state === 'sized') this.#endMessage(end, at);
    else this.#state = 'chunk_end';
    return end;
  }

  #readLine(chunk: Buffer, pos: number, at: number): number {
    const lf = chunk.indexOf(LF, pos);
    const next = lf === -1 ? chunk.length : lf + 1;
    this.#headBytes += next - pos;
    if (this.#headBytes > this.#headLimit) {
      this.#fail('a message head is larger than the limit', at);
      return next;
    }
    const text = chunk.toString('latin1', pos, lf === -1 ? next : lf);
    if (lf === -1) {
      this.#cut += text;
      return next;
    }
    const whole = this.#cut + text;
    this.#cut = '';
    this.#line(whole.endsWith('\r') ? whole.slice(0, -1) : whole, next, at);
    return next;
  }

  #line(line: string, next: number, at: number): void {
    if (this.#state === 'head') {
      if (line === '') this.#endHead(next, at);
      else this.#lines.push(line);
    } else if (this.#state === 'chunk_size') {
      this.#startChunk(line, at);
    } else if (this.#state === 'chunk_end') {
      if (line === '') this.#expectChunk();
      else this.#fail('a chunk is longer than its size', at);
    } else if (line === '') {
      this.#endMessage(next, at);
    }
  }

  #endHead(next: number, at: number): void {
    const lines = this.#lines;
    this.#lines = [];
    const framing = this.#handler.head(lines, at, this.#base + next);
    // The handler may have stopped this reader.
    if (this.#state === 'stopped') return;
    if ('unparsable' in framing) this.#fail(framing.unparsable, at);
    else this.#startBody(framing, next, at);
  }

  #startBody(framing: Framing, next: number, at: number): void {
    if (framing.type === 'chunked') {
      this.#expectChunk();
    } else if (framing.type === 'until_close') {
      this.#state = 'until_close';
    } else if (framing.type === 'interim') {
      this.#state = 'between';
    } else if (framing.type === 'switched') {
      this.#endMessage(next, at);
      this.stop();
    } else if (framing.length === 0) {
      this.#endMessage(next, at);
    } else {
      this.#state = 'sized';
      this.#bodyLeft = framing.length;
    }
  }

  #expectChunk(): void {
    this.#state = 'chunk_size';
    this.#headBytes = 0;
  }

  #startChunk(line: string, at: number): void {
    const size = /^0*([0-9a-f]{1,13})[ \t]*(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) {
      this.#fail('not a chunk size', at);
      return;
    }
    this.#bodyLeft = Number.parseInt(size, 16);
    this.#state = this.#bodyLeft === 0 ? 'trailers' : 'chunk_data';
  }

  #endMessage(next: number, at: number): void {
    this.#state = 'between';
    this.#handler.end(this.#base + next, at);
  }

  #fail(reason: string, at: number): void {
    this.stop();
    this.#handler.unparsable(reason, at);
  }
}
