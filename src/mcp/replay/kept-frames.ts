import { closeSync, openSync } from 'node:fs';
import type { TapeFrame, TapeHead } from '../../model/tape.js';
import { MAX_MESSAGE_BYTES, messageOf, type RpcMessage, readMessages } from '../messages/read-messages.js';
import { frameLine, parseFrameLine } from '../tape/frame-line.js';
import { isGzip, type TapeLine } from '../tape/lines.js';
import type { FrameLine } from '../tape/read-tape.js';
import { GrowingNumbers } from './growing-numbers.js';
import { NamelessFile, readAt } from './nameless-file.js';

/** A tape in a file, as `readTape` opens it, or frames that come from somewhere else. */
export interface RecordedTape {
  head: TapeHead;
  frames: AsyncIterable<TapeFrame> | Iterable<TapeFrame>;
  file?: string;
  batches?: AsyncIterable<FrameLine[]>;
}

/**
 * Frames by number and by time. Memory holds 20 bytes for each; the frames themselves are read when they are asked
 * for: from the tape, or from a private temporary file for a compressed tape and for frames that come from somewhere else.
 */
export class KeptFrames {
  /** Null if the lines are in a copy. */
  readonly #original: number | null;
  readonly #copy: NamelessFile | null;
  readonly #times = new GrowingNumbers();
  readonly #places = new GrowingNumbers();
  readonly #sizes = new GrowingNumbers(Int32Array);

  /** @param file of the tape; undefined without one @throws Error */
  constructor(file: string | undefined) {
    this.#original = file === undefined ? null : openPlain(file);
    this.#copy = this.#original === null ? new NamelessFile() : null;
  }

  get count(): number {
    return this.#times.length;
  }

  /** @param line of the file, if there is one @throws Error when it cannot be kept */
  add(frame: TapeFrame, line: TapeLine | null): void {
    const bytes = line?.bytes ?? Buffer.from(frameLine(frame));
    this.#places.push(this.#copy === null ? (line?.byte ?? 0) : this.#copy.append(bytes));
    this.#sizes.push(bytes.length);
    this.#times.push(frame.at);
  }

  /** Null for an unknown number, or if the file has changed in the meantime. @throws Error if it cannot be read */
  read(index: number): TapeFrame | null {
    const [place, size] = [this.#places.at(index), this.#sizes.at(index)];
    if (Number.isNaN(place)) return null;
    return parseFrameLine(this.#copy?.read(place, size) ?? readAt(this.#original ?? -1, place, size));
  }

  /** Milliseconds since the first frame; NaN for an unknown number. */
  timeOf(index: number): number {
    return this.#times.at(index);
  }

  /** The last frame at this time or before it; -1 without one. */
  indexAt(ms: number): number {
    return this.#times.countUpTo(ms) - 1;
  }

  close(): void {
    this.#copy?.close();
    if (this.#original !== null) closeSync(this.#original);
  }
}

/** Null for a compressed file. */
function openPlain(path: string): number | null {
  const file = openSync(path, 'r');
  if (!isGzip(readAt(file, 0, 2))) return file;
  closeSync(file);
  return null;
}

/**
 * The messages of a frame, as `readMessages` gives them.
 * @param parsed the parsed bytes; undefined if parsing was not tried
 */
export function frameMessages(frame: TapeFrame, parsed?: unknown): RpcMessage[] {
  const { bytes, truncated = false } = frame;
  const isOne = parsed !== undefined && !Array.isArray(parsed) && !truncated && bytes.length <= MAX_MESSAGE_BYTES;
  if (isOne && Buffer.isBuffer(bytes)) return [messageOf(parsed, bytes)];
  return readMessages({ bytes, size: bytes.length, truncated });
}
