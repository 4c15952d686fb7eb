import type { McpLine } from '../../wire/index.js';

/** A longer line is kept as its beginning. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Enough for the fields that may follow the result of an answer. */
const TAIL_BYTES = 256;

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const NO_BYTES = Buffer.alloc(0);

/** Makes lines of the bytes of one sender, cut anywhere. A line without content is no message. */
export class LineAssembler {
  readonly #sender: McpLine['sender'];
  readonly #onLine: (line: McpLine) => void;
  #parts: Uint8Array[] = [];
  #kept = 0;
  #size = 0;
  /** Last bytes of the line, beyond what is kept. */
  #tail: Uint8Array = NO_BYTES;

  constructor(sender: McpLine['sender'], onLine: (line: McpLine) => void) {
    this.#sender = sender;
    this.#onLine = onLine;
  }

  /**
   * @param bytes kept until their line has ended
   * @returns how many lines ended
   */
  push(bytes: Uint8Array, at: number): number {
    let start = 0;
    let lines = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
      this.#add(bytes.subarray(start, end));
      this.end(at);
      start = end + 1;
      lines += 1;
    }
    this.#add(bytes.subarray(start));
    return lines;
  }

  /** Bytes of the current line that nobody has. */
  leaveOut(size: number): void {
    this.#size += size;
    this.#tail = NO_BYTES;
  }

  /** The current line is lost. */
  drop(): void {
    this.#parts = [];
    this.#kept = 0;
    this.#size = 0;
    this.#tail = NO_BYTES;
  }

  /** Ends the current line, as the end of the stream does. */
  end(at: number): void {
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
    const truncated = this.#size > this.#kept;
    const hasReturn = !truncated && whole.at(-1) === CARRIAGE_RETURN;
    const bytes = hasReturn ? whole.subarray(0, -1) : whole;
    const size = hasReturn ? this.#size - 1 : this.#size;
    const tail = this.#tail;
    this.drop();
    const line: McpLine = { sender: this.#sender, bytes, size, truncated, at };
    if (tail.length > 0) line.tail = tail;
    if (size > 0) this.#onLine(line);
  }

  #add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    const kept = bytes.subarray(0, MAX_LINE_BYTES - this.#kept);
    if (kept.length < bytes.length) {
      const last = bytes.subarray(kept.length).subarray(-TAIL_BYTES);
      this.#tail = Buffer.concat([this.#tail, last]).subarray(-TAIL_BYTES);
    }
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#kept += kept.length;
  }
}
