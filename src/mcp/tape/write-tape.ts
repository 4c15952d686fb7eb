import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { newUlid } from '../../model/ids.js';
import type { TapeEnd, TapeFrame, TapeHead, TapeId } from '../../model/tape.js';
import { VERSION } from '../../settings/version.js';
import { frameLine } from './frame-line.js';
import { headLine } from './head-line.js';

/** `by` of the tapes that we write. */
export const RECORDED_BY = `claude-trace ${VERSION}`;

export function newTapeId(): TapeId {
  return `tape_${newUlid()}`;
}

type Frames = AsyncIterable<TapeFrame> | Iterable<TapeFrame>;

/**
 * Writes a tape, compressed if the name ends with `.gz`. The file is for its owner only (0600), and replaces one of the same name
 * when it is complete: a failure leaves the old one.
 *
 * @throws UserError when it cannot be written; what `frames` throws
 */
export async function writeTape(file: string, head: TapeHead, frames: Frames): Promise<TapeEnd> {
  let end: TapeEnd | null = null;
  await writeLines(
    file,
    tapeLines(head, frames, (written) => {
      end = written;
    }),
  );
  if (end === null) throw new Error('a tape was written without its end');
  return end;
}

/** The lines of a whole tape, with line ends. */
export async function* tapeLines(
  head: TapeHead,
  frames: Frames,
  onEnd: (end: TapeEnd) => void = () => {},
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const hashed = (line: string) => {
    hash.update(line);
    return line;
  };
  yield hashed(`${headLine(head)}\n`);
  let count = 0;
  let durationMs = 0;
  for await (const frame of frames) {
    count += 1;
    durationMs = frame.at;
    yield hashed(`${frameLine(frame)}\n`);
  }
  const end: TapeEnd = { end: true, frames: count, duration_ms: durationMs, sha256: hash.digest('hex') };
  onEnd(end);
  yield `${JSON.stringify(end)}\n`;
}

/** Writes a file in one step, as `writeTape` does. */
export async function writeLines(file: string, lines: AsyncIterable<string | Uint8Array>): Promise<void> {
  const partial = `${file}.${process.pid}.${newUlid()}.partial`;
  const output = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
  let failure: unknown = null;
  output.on('error', (error) => {
    failure = error;
  });
  try {
    const source = Readable.from(inChunks(lines));
    await (file.endsWith('.gz') ? pipeline(source, createGzip(), output) : pipeline(source, output));
    await rename(partial, file).catch((error: unknown) => {
      failure = error;
      throw error;
    });
  } catch (error) {
    // If it cannot be removed, it was never created.
    await rm(partial, { force: true }).catch(() => {});
    if (error !== failure) throw error;
    throw new UserError(`Cannot write ${file}: ${describeError(error)}.`, { cause: error });
  }
}

const CHUNK_BYTES = 64 * 1024;

/** Joins lines: a write to a stream takes longer than making a line. */
export async function* inChunks(lines: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const line of lines) {
    const bytes = Buffer.from(line);
    parts.push(bytes);
    length += bytes.length;
    if (length < CHUNK_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(parts);
}
