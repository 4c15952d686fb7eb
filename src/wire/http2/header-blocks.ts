import type { Header } from '../../model/exchange.js';
import { FLAG, FRAME, type FrameHeader } from './frames.js';
import { HeaderDecoder } from './headers.js';

/**
 * Takes a whole header block. `first` is its HEADERS frame, with the END_STREAM flag; `at` and `endOffset` are time and offset
 * of the block's end, which may be in a CONTINUATION frame.
 */
export type HeaderSink = (fields: readonly Header[], first: FrameHeader, at: number, endOffset: number) => void;

/**
 * Joins HEADERS or PUSH_PROMISE with their CONTINUATION frames and decodes the blocks of one direction. Promises are
 * decoded only for the HPACK state.
 */
export class HeaderBlocks {
  readonly #sink: HeaderSink;
  readonly #limit: number;
  readonly #decoder = new HeaderDecoder();
  #first: FrameHeader | null = null;
  #fragments: Buffer[] = [];
  #size = 0;

  constructor(sink: HeaderSink, limit: number) {
    this.#sink = sink;
    this.#limit = limit;
  }

  allowTableSize(size: number): void {
    this.#decoder.allowTableSize(size);
  }

  /** Takes any frame. @returns why the connection cannot be followed any more, or null */
  frame(frame: FrameHeader, payload: Buffer, at: number, endOffset: number): string | null {
    const continues = frame.type === FRAME.continuation;
    if (continues !== (this.#first !== null)) return 'another frame is inside an HTTP/2 header block';
    if (!continues && frame.type !== FRAME.headers && frame.type !== FRAME.pushPromise) return null;
    this.#first ??= frame;
    const fragment = continues ? payload : fragmentOf(frame, payload);
    if (fragment === null) return 'an HTTP/2 header frame is shorter than its padding';
    this.#fragments.push(fragment);
    this.#size += fragment.length;
    if (this.#size > this.#limit) return 'an HTTP/2 header block is larger than the limit';
    return frame.flags & FLAG.endHeaders ? this.#endBlock(this.#first, at, endOffset) : null;
  }

  #endBlock(first: FrameHeader, at: number, endOffset: number): string | null {
    const block = Buffer.concat(this.#fragments);
    this.#first = null;
    this.#fragments = [];
    this.#size = 0;
    const fields = this.#decoder.decode(block, this.#limit);
    if (fields === null) return 'an HTTP/2 header block cannot be decoded';
    if (first.type === FRAME.headers) this.#sink(fields, first, at, endOffset);
    return null;
  }
}

/** The part of a block in a HEADERS or PUSH_PROMISE payload (RFC 9113 §6.2, §6.6); null where padding is too long. */
function fragmentOf(frame: FrameHeader, payload: Buffer): Buffer | null {
  let start = 0;
  let padding = 0;
  if (frame.flags & FLAG.padded) padding = payload[start++] ?? 0;
  if (frame.type === FRAME.pushPromise) start += 4;
  else if (frame.flags & FLAG.priority) start += 5;
  return start + padding > payload.length ? null : payload.subarray(start, payload.length - padding);
}
