import { BYTE_ORDER_MARK } from '../../../base/byte-order-mark.js';
import { Pieces } from './pieces.js';

/** A part of an event stream as it came: an event with the empty line behind it. */
export interface SplitEvent {
  raw: Buffer;
  /** `message` if the event has no name; null for a part of an event that is too large to read, and for one that is cut off. */
  event: string | null;
  /** Null without data. */
  data: Buffer | null;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const LINE_END = Buffer.from('\n');
const NO_BYTES = Buffer.alloc(0);

/**
 * Cuts an event stream (WHATWG HTML §9.2.6) into its events, whose bytes together are those of the stream. Time is linear, and memory
 * is that of the largest event that is read.
 * @param maxBytes a larger event is passed on in parts
 */
export class EventSplitter {
  readonly #onEvent: (event: SplitEvent) => void;
  readonly #maxBytes: number;
  /** Bytes of the current event. */
  readonly #pieces = new Pieces();
  /** Whether it has only empty lines so far. They pass without it, since there may be any number. */
  #isBlank = true;
  /** Whether the current line has bytes in an earlier chunk. */
  #isInLine = false;
  #endsInCr = false;
  #isTooLarge = false;
  #isFirst = true;

  constructor(onEvent: (event: SplitEvent) => void, maxBytes: number) {
    this.#onEvent = onEvent;
    this.#maxBytes = maxBytes;
  }

  /** @param chunk events may share its memory */
  push(chunk: Buffer): void {
    /** Beginnings of the current event and of the current line. */
    let start = 0;
    let line = 0;
    for (const end of lineEnds(chunk)) {
      if (end < line) continue;
      const hasBytes = this.#isInLine || end > line;
      this.#isInLine = false;
      const endsInCrLf = this.#endsInCr && !hasBytes && chunk[end] === LF;
      this.#endsInCr = chunk[end] === CR;
      line = end + 1;
      if (endsInCrLf) {
        // The last byte of an event that was passed on.
        if (this.#pieces.length > 0 || start < end) continue;
        this.#onEvent({ raw: chunk.subarray(start, line), event: null, data: null });
        start = line;
        continue;
      }
      if (hasBytes) this.#isBlank = false;
      if (hasBytes || this.#isBlank) continue;
      if (this.#endsInCr && chunk[line] === LF) {
        this.#endsInCr = false;
        line += 1;
      }
      this.#pieces.add(chunk.subarray(start, line));
      start = line;
      this.#dispatch();
    }
    if (line < chunk.length) {
      this.#isInLine = true;
      this.#endsInCr = false;
    }
    this.#pieces.add(chunk.subarray(start));
    if (this.#isBlank && !this.#isInLine && this.#pieces.length > 0) {
      this.#isFirst = false;
      this.#passPart();
    }
    if (this.#pieces.length > this.#maxBytes) {
      this.#isTooLarge = true;
      this.#passPart();
    }
  }

  /** Whether a large event was passed on in parts and has not ended. */
  get isInParts(): boolean {
    return this.#isTooLarge;
  }

  /** The stream has ended. */
  end(): void {
    this.#isTooLarge = false;
    this.#passPart();
  }

  #passPart(): void {
    if (this.#pieces.length > 0) this.#onEvent({ raw: this.#pieces.take(), event: null, data: null });
  }

  #dispatch(): void {
    const isPart = this.#isTooLarge || this.#pieces.length > this.#maxBytes;
    this.#isTooLarge = false;
    this.#isBlank = true;
    const raw = this.#pieces.take();
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#onEvent(isPart ? { raw, event: null, data: null } : { raw, ...readFields(raw, isFirst) });
  }
}

/** Positions of all LF and CR, in time linear in the bytes. */
function* lineEnds(bytes: Buffer): Generator<number> {
  let lf = bytes.indexOf(LF);
  let cr = bytes.indexOf(CR);
  while (lf !== -1 || cr !== -1) {
    const end = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr);
    yield end;
    if (lf === end) lf = bytes.indexOf(LF, end + 1);
    else cr = bytes.indexOf(CR, end + 1);
  }
}

interface Field {
  name: string;
  value: Buffer;
  /** The line without its line end. */
  line: Buffer;
}

function* fieldsOf(raw: Buffer, isFirst: boolean): Generator<Field> {
  let pos = isFirst && raw.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  for (const end of lineEnds(raw)) {
    const line = raw.subarray(pos, end);
    pos = end + 1;
    const colon = line.indexOf(COLON);
    const value = colon === -1 ? NO_BYTES : line.subarray(line[colon + 1] === SPACE ? colon + 2 : colon + 1);
    if (line.length > 0) yield { name: line.toString('latin1', 0, colon === -1 ? line.length : colon), value, line };
  }
}

function readFields(raw: Buffer, isFirst: boolean): Pick<SplitEvent, 'event' | 'data'> {
  let event = '';
  const data: Buffer[] = [];
  for (const { name, value } of fieldsOf(raw, isFirst)) {
    if (name === 'event') event = value.toString();
    if (name === 'data') data.push(...(data.length > 0 ? [LINE_END] : []), value);
  }
  const whole = data.length === 1 ? (data[0] ?? NO_BYTES) : Buffer.concat(data);
  return { event: event || 'message', data: data.length === 0 ? null : whole };
}

/** The event with other data: its other lines stay. */
export function withData({ raw }: SplitEvent, data: Buffer): Buffer {
  const lines = data
    .toString('latin1')
    .split(/\r\n|\r|\n/)
    .flatMap((line) => [Buffer.from('data: '), Buffer.from(line, 'latin1'), LINE_END]);
  return Buffer.concat([...linesOf(raw, (name) => name !== 'data'), ...lines, LINE_END]);
}

/** The event without data, which only says where the stream can be resumed. Empty if it does not say that. */
export function withoutData({ raw }: SplitEvent): Buffer {
  const kept = linesOf(raw, (name) => name === 'id' || name === 'retry');
  return kept.length === 0 ? NO_BYTES : Buffer.concat([...kept, LINE_END]);
}

function linesOf(raw: Buffer, isKept: (name: string) => boolean): Buffer[] {
  return [...fieldsOf(raw, true)].flatMap(({ name, line }) => (isKept(name) ? [line, LINE_END] : []));
}

/** An event that carries a message. */
export function messageEvent(message: Buffer): Buffer {
  return withData({ raw: Buffer.from('event: message\n\n'), event: null, data: null }, message);
}
