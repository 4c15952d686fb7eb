import { MAX_LINE_BYTES } from './observation.js';

const LINE_END = 0x0a;

export interface LineEvents {
  /** A whole line, with its end. */
  onLine(line: Buffer): void;
  /** Part of a line that is too long, or of one without an end. @param isEnd the last part */
  onPart(part: Buffer, isEnd: boolean): void;
}

/** Cuts the bytes of one sender into lines. Parts of a line that is too long are passed on as they come. */
export class LineReader {
  readonly #events: LineEvents;
  #parts: Buffer[] = [];
  #size = 0;
  #isLong = false;

  constructor(events: LineEvents) {
    this.#events = events;
  }

  /** Whether parts of a line have been passed on, but not its end. */
  get isInLongLine(): boolean {
    return this.#isLong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      this.#endLine(chunk.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** The sender has ended. */
  end(): void {
    if (this.#isLong || this.#size > 0) this.#events.onPart(this.#take(), true);
    this.#isLong = false;
  }

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
    this.#isLong ||= this.#size > MAX_LINE_BYTES;
    if (this.#isLong) this.#events.onPart(this.#take(), false);
  }

  #endLine(last: Buffer): void {
    this.#parts.push(last);
    this.#size += last.length;
    const isLong = this.#isLong || this.#size > MAX_LINE_BYTES;
    this.#isLong = false;
    const line = this.#take();
    if (isLong) this.#events.onPart(line, true);
    else this.#events.onLine(line);
  }

  #take(): Buffer {
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return whole;
  }
}
