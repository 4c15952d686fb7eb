import { createHash } from 'node:crypto';
import type { JsonRecord } from '../../base/json.js';
import type { TapeEnd, TapeFrame, TapeHead } from '../../model/tape.js';
import { readFrame } from './frame-line.js';
import { readHead } from './head-line.js';
import { linesOf, type TapeLine } from './lines.js';
import { parseLine, problemOf } from './parse-line.js';
import { TapeError } from './tape-error.js';

/** A tape in a file. Its frames are read when they are asked for. */
export interface Tape {
  file: string;
  head: TapeHead;
  /**
   * Each iteration reads the file from its beginning, and checks it: its last step compares the checksum.
   * @throws TapeError, UnreadableTapeError
   */
  frames: AsyncIterable<TapeFrame>;
  /** Frames in batches of about 256 KB, each with its line. */
  batches: AsyncIterable<FrameLine[]>;
  /** Outcome of the last iteration that has reached the end of the file; null before. */
  readonly outcome: TapeOutcome | null;
}

export interface FrameLine {
  frame: TapeFrame;
  line: TapeLine;
  /** The result of JSON.parse; undefined if parsing was not tried. */
  message: unknown;
}

export interface TapeOutcome {
  frames: number;
  durationMs: number;
  /** Null for a partial tape. */
  end: TapeEnd | null;
  /** The last line of a partial tape is cut off, and was left out. */
  isCut: boolean;
}

/**
 * Opens a tape, compressed or not. Only the frames of some 256 KB are in memory at a time.
 *
 * @example
 * const { head, frames } = await readTape(file);
 * for await (const { dir, bytes } of frames) …
 *
 * @throws TapeError, UnreadableTapeError
 */
export async function readTape(file: string): Promise<Tape> {
  const first = await firstLine(file);
  let outcome: TapeOutcome | null = null;
  const batches = {
    [Symbol.asyncIterator]: () =>
      framesOf(file, first, (found) => {
        outcome = found;
      }),
  };
  return {
    file,
    head: await headOf(first),
    batches,
    frames: {
      async *[Symbol.asyncIterator]() {
        for await (const batch of batches) for (const { frame } of batch) yield frame;
      },
    },
    get outcome() {
      return outcome;
    },
  };
}

async function firstLine(file: string): Promise<TapeLine> {
  for await (const [line] of linesOf(file)) if (line !== undefined) return line;
  throw new TapeError('format', { file, line: 1, byte: 0 }, 'the file is empty');
}

async function headOf(line: TapeLine): Promise<TapeHead> {
  const value = parseLine(line);
  if (value === null) throw await problemOf(line, 'format');
  return readHead(value, line);
}

async function* framesOf(
  file: string,
  head: TapeLine,
  onEnd: (outcome: TapeOutcome) => void,
): AsyncGenerator<FrameLine[], void> {
  const hash = createHash('sha256');
  let last: TapeFrame | null = null;
  let frames = 0;
  let end: TapeEnd | null = null;
  let isCut = false;

  for await (const lines of linesOf(file)) {
    const batch: FrameLine[] = [];
    try {
      for (const line of lines) {
        if (line.line === 1 && !line.raw.equals(head.raw)) {
          throw new TapeError('changed', line, 'the file was replaced while it was read');
        }
        const isBlank = line.line > 1 && isBlankLine(line);
        if (end !== null && !isBlank) throw new TapeError('end', line, 'there is a line after the end of the tape');
        if (line.line > 1 && !isBlank) {
          const value = parseLine(line);
          if (value === null && !line.isWhole) isCut = true;
          else if (value === null) throw await problemOf(line, 'frame');
          else if (value.end === true) {
            const found = { frames, durationMs: last?.at ?? 0, sha256: hash.copy().digest('hex') };
            end = checkedEnd(value, line, found);
          } else {
            last = readFrame(value, line, last);
            frames += 1;
            batch.push({ frame: last, line, message: value.message });
          }
        }
        if (end === null) hash.update(line.raw);
      }
    } catch (error) {
      // The frames before it are good.
      if (batch.length > 0) yield batch;
      throw error;
    }
    if (batch.length > 0) yield batch;
  }
  onEnd({ frames, durationMs: last?.at ?? 0, end, isCut });
}

function isBlankLine({ bytes }: TapeLine): boolean {
  return bytes.length < 3 && bytes.toString('latin1').trim() === '';
}

function checkedEnd(
  value: JsonRecord,
  line: TapeLine,
  found: { frames: number; durationMs: number; sha256: string },
): TapeEnd {
  const { frames, duration_ms, sha256 } = value;
  if (typeof frames !== 'number' || typeof duration_ms !== 'number' || typeof sha256 !== 'string') {
    throw new TapeError('end', line, 'the end must have "frames", "duration_ms" and "sha256"');
  }
  if (sha256 !== found.sha256) {
    throw new TapeError(
      'checksum',
      line,
      'the lines before do not have the checksum that the end has: the tape was changed or damaged',
    );
  }
  if (frames !== found.frames) {
    throw new TapeError('end', line, `the end counts ${frames} frames, and there are ${found.frames}`);
  }
  return { end: true, frames, duration_ms, sha256 };
}
