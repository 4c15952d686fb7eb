import type { McpLine } from '../../wire/index.js';

/** A longer line is kept as its beginning. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Makes lines of the bytes of one sender, cut anywhere. A line without content is no message. */
export class LineAssembler {
  readonly #sender: McpLine['sender'];
  readonly #onLine: (line: McpLine) => void;
  #parts: Uint8Array[] = [];
  #kept = 0;
  #size = 0;

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
  }

  /** The current line is lost. */
  drop(): void {
    this.#parts = [];
    this.#kept = 0;
    this.#size = 0;
  }

  /** Ends the current line, as the end of the stream does. */
  end(at: number): void {
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
    const truncated = this.#size > this.#kept;
    const hasReturn = !truncated && whole.at(-1) === CARRIAGE_RETURN;
    const bytes = hasReturn ? whole.subarray(0, -1) : whole;
    const size = hasReturn ? this.#size - 1 : this.#size;
    this.drop();
    if (size > 0) this.#onLine({ sender: this.#sender, bytes, size, truncated, at });
  }

  #add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    const kept = bytes.subarray(0, MAX_LINE_BYTES - this.#kept);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#kept += kept.length;
  }
}
