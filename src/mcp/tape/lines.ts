import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { codeOf, describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { MAX_LINE_BYTES } from './limits.js';
import { TapeError, type TapePlace } from './tape-error.js';

export interface TapeLine extends TapePlace {
  /** Without its line end. */
  bytes: Buffer;
  /** With it. */
  raw: Buffer;
  /** It has a line end. Only the last line of a file may have none. */
  isWhole: boolean;
}

const LINE_END = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/**
 * The lines of a file, those of each chunk together: only one chunk is in memory, and the line that it cuts. A file that begins as
 * gzip does is decompressed; where it is cut off, its lines end there.
 *
 * @throws TapeError for a line that is too long, and for damaged compression; UserError when the file cannot be read
 */
export async function* linesOf(file: string): AsyncGenerator<TapeLine[]> {
  const place: TapePlace = { file, line: 1, byte: 0 };
  /** The beginning of a line whose end was not read yet. */
  let parts: Buffer[] = [];
  let length = 0;
  const lineOf = (raw: Buffer, isWhole: boolean): TapeLine => {
    const { line: number, byte } = place;
    const line = { file, line: number, byte, raw, bytes: isWhole ? raw.subarray(0, -1) : raw, isWhole };
    place.line += 1;
    place.byte += raw.length;
    return line;
  };
  for await (const chunk of chunksOf(file, place)) {
    const lines: TapeLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      const rest = chunk.subarray(start, end + 1);
      lines.push(lineOf(parts.length === 0 ? rest : Buffer.concat([...parts, rest]), true));
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES) {
      throw new TapeError('size', place, `the line is longer than ${MAX_LINE_BYTES / 1024 ** 2} MB`);
    }
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [lineOf(Buffer.concat(parts), false)];
}

/** @param place where the reader is, for errors */
async function* chunksOf(file: string, place: TapePlace): AsyncGenerator<Buffer> {
  const stream = await openTape(file);
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    const isCompression = codeOf(error)?.startsWith('Z_') === true;
    if (isCompression) throw new TapeError('gzip', place, `its compression is damaged: ${describeError(error)}`, error);
    throw new UnreadableTapeError(file, error);
  }
}

async function openTape(file: string): Promise<Readable> {
  let handle: FileHandle | null = null;
  try {
    // Opening a pipe would wait for its writer.
    if (!(await stat(file)).isFile()) throw new Error('it is not a regular file');
    handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const bytes = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES });
    if (!isGzip(buffer.subarray(0, bytesRead))) return bytes;
    // By default the end of a cut file is an error, and what was read before it is lost.
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES });
    // An error reaches the reader through `gunzip`.
    return pipeline(bytes, gunzip, () => {});
  } catch (error) {
    await handle?.close();
    throw new UnreadableTapeError(file, error);
  }
}

/** Whether a file that begins with these bytes is compressed. */
export function isGzip(beginning: Uint8Array): boolean {
  return beginning[0] === 0x1f && beginning[1] === 0x8b;
}

/** The file is missing, or cannot be read. */
export class UnreadableTapeError extends UserError {
  /** ENOENT, for example; null if the file is not a regular one. */
  readonly code: string | null;

  constructor(file: string, error: unknown) {
    super(`${file} cannot be read: ${codeOf(error) === 'ENOENT' ? 'there is no such file' : describeError(error)}.`, {
      cause: error,
    });
    this.code = codeOf(error);
  }
}
