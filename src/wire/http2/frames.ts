/** RFC 9113 §6: the types that an observer of exchanges needs. */
export const FRAME = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  goaway: 0x7,
  continuation: 0x9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** A frame's header, with offset and time of its first byte. Offsets count all bytes of the direction. */
export interface FrameHeader {
  type: number;
  flags: number;
  stream: number;
  length: number;
  offset: number;
  at: number;
}

export interface FrameHandler {
  /** A piece of a DATA frame's content, without padding; a part of the chunk that was pushed. */
  data(frame: FrameHeader, bytes: Uint8Array, at: number): void;
  /** The end of any frame. `payload` is empty for DATA, and for types that are not in `FRAME`. */
  frame(frame: FrameHeader, payload: Buffer, at: number, endOffset: number): void;
  /** `frame` cannot be read, and nothing after it will be. */
  unparsable(frame: FrameHeader, reason: string, at: number): void;
}

const HEADER_BYTES = 9;
const COLLECTED: ReadonlySet<number> = new Set<number>([
  FRAME.headers,
  FRAME.rstStream,
  FRAME.settings,
  FRAME.pushPromise,
  FRAME.goaway,
  FRAME.continuation,
]);

/** Reads the frames of one direction of an HTTP/2 connection from chunks that are cut anywhere. */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #payloadLimit: number;
  #stopped = false;
  #base = 0;
  /** Bytes of the connection preface that are still to be skipped. */
  #preface: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #startOffset = 0;
  #startAt = 0;
  #frame: FrameHeader | null = null;
  #left = 0;
  /** Bytes of padding at the end of a DATA frame; null before the byte that says so. */
  #padding: number | null = 0;
  #pieces: Uint8Array[] = [];

  constructor(handler: FrameHandler, payloadLimit: number, preface: number) {
    this.#handler = handler;
    this.#payloadLimit = payloadLimit;
    this.#preface = preface;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Bytes pushed so far. */
  get total(): number {
    return this.#base;
  }

  stop(): void {
    this.#stopped = true;
    this.#pieces = [];
  }

  push(chunk: Uint8Array, at: number): void {
    let pos = Math.min(this.#preface, chunk.length);
    this.#preface -= pos;
    while (pos < chunk.length && !this.#stopped) {
      pos = this.#frame === null ? this.#readHeader(chunk, pos, at) : this.#readPayload(this.#frame, chunk, pos, at);
    }
    this.#base += chunk.length;
  }

  #readHeader(chunk: Uint8Array, pos: number, at: number): number {
    if (this.#headerBytes === 0) {
      this.#startOffset = this.#base + pos;
      this.#startAt = at;
    }
    const end = Math.min(chunk.length, pos + HEADER_BYTES - this.#headerBytes);
    this.#header.set(chunk.subarray(pos, end), this.#headerBytes);
    this.#headerBytes += end - pos;
    if (this.#headerBytes === HEADER_BYTES) this.#startFrame(end, at);
    return end;
  }

  #startFrame(next: number, at: number): void {
    this.#headerBytes = 0;
    const header = this.#header;
    const frame: FrameHeader = {
      length: header.readUIntBE(0, 3),
      type: header.readUInt8(3),
      flags: header.readUInt8(4),
      stream: header.readUInt32BE(5) & 0x7fffffff,
      offset: this.#startOffset,
      at: this.#startAt,
    };
    if (COLLECTED.has(frame.type) && frame.length > this.#payloadLimit) {
      this.stop();
      this.#handler.unparsable(frame, 'an HTTP/2 frame is larger than the limit', at);
      return;
    }
    this.#frame = frame;
    this.#left = frame.length;
    this.#padding = frame.type === FRAME.data && frame.flags & FLAG.padded ? null : 0;
    if (this.#left === 0) this.#endFrame(frame, next, at);
  }

  #readPayload(frame: FrameHeader, chunk: Uint8Array, pos: number, at: number): number {
    const end = Math.min(chunk.length, pos + this.#left);
    this.#left -= end - pos;
    if (frame.type === FRAME.data) this.#readData(frame, chunk.subarray(pos, end), at);
    else if (COLLECTED.has(frame.type)) this.#pieces.push(chunk.subarray(pos, end));
    if (this.#left === 0) this.#endFrame(frame, end, at);
    return end;
  }

  #readData(frame: FrameHeader, bytes: Uint8Array, at: number): void {
    let content = bytes;
    if (this.#padding === null) {
      this.#padding = bytes[0] ?? 0;
      content = bytes.subarray(1);
    }
    // Padding begins in these bytes where the frame has less left than its padding.
    const padded = Math.max(0, this.#padding - this.#left);
    content = content.subarray(0, Math.max(0, content.length - padded));
    if (content.length > 0) this.#handler.data(frame, content, at);
  }

  #endFrame(frame: FrameHeader, next: number, at: number): void {
    const payload = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#frame = null;
    this.#handler.frame(frame, payload, at, this.#base + next);
  }
}
