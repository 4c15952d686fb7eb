import { createHash } from 'node:crypto';
import { link, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../../base/error-text.js';
import { UserError } from '../../../base/errors.js';
import type { TapeEnd, TapeFrame, TapeHead, TapeId } from '../../../model/tape.js';
import { escapeLine } from '../escape-line.js';
import { frameLine, readFrame } from '../frame-line.js';
import { isTapeId, readHead } from '../head-line.js';
import { linesOf, type TapeLine } from '../lines.js';
import { parseLine, problemOf } from '../parse-line.js';
import { readTape } from '../read-tape.js';
import { TapeError } from '../tape-error.js';
import { newTapeId, writeLines, writeTape } from '../write-tape.js';
import { fileNameFor } from './names.js';
import { readHeads } from './tape-files.js';

/**
 * Writes a tape into a library. A tape with the same id is replaced, and keeps its file and its tags.
 * @returns its file
 */
export async function saveTape(
  folder: string,
  head: TapeHead,
  frames: AsyncIterable<TapeFrame> | Iterable<TapeFrame>,
  compress = false,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = (await readHeads(folder)).find((each) => each.head.id === head.id);
  const file = known?.file ?? (await newFile(folder, head, compress));
  const tags = [...new Set([...(known?.head.tags ?? []), ...head.tags])];
  await writeTape(file, { ...head, tags }, frames);
  return file;
}

async function newFile(folder: string, head: TapeHead, compress: boolean): Promise<string> {
  const file = join(folder, fileNameFor(head, compress));
  return (await isThere(file)) ? join(folder, fileNameFor(head, compress, 26)) : file;
}

/** Reads a whole tape, to find out whether it is damaged. @throws TapeError */
export async function checkTape(file: string) {
  const tape = await readTape(file);
  for await (const _ of tape.frames);
  const { outcome } = tape;
  if (outcome === null) throw new Error('a tape was read to its end, and has no outcome');
  return { head: tape.head, ...outcome };
}

/** Hash of the frames: equal for tapes with the same frames, whatever their heads say. @throws TapeError */
export async function hashOfFrames(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const frame of (await readTape(file)).frames) hash.update(`${frameLine(frame)}\n`);
  return hash.digest('hex');
}

/** Changes the tags of a tape, and nothing else. @returns the tags that it has now @throws TapeError for a damaged tape */
export async function tagTape(file: string, add: readonly string[], remove: readonly string[]): Promise<string[]> {
  const { head } = await checkTape(file);
  const tags = [...new Set([...head.tags, ...add])].filter((tag) => !remove.includes(tag));
  await writeLines(
    file,
    withHead(file, (value) => ({ ...value, tags })),
  );
  return tags;
}

/** The lines of a tape with another head, and an end that fits; a partial tape gets none. */
async function* withHead(
  file: string,
  change: (head: Readonly<Record<string, unknown>>) => object,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const lines of linesOf(file)) {
    for (const line of lines) {
      const isHead = line.line === 1;
      const value = isHead || mayBeEnd(line) ? parseLine(line) : null;
      if (!isHead && value?.end === true) {
        const end: TapeEnd = {
          end: true,
          frames: Number(value.frames),
          duration_ms: Number(value.duration_ms),
          sha256: hash.digest('hex'),
        };
        yield Buffer.from(`${JSON.stringify(end)}\n`);
        return;
      }
      const raw = isHead && value !== null ? Buffer.from(`${escapeLine(JSON.stringify(change(value)))}\n`) : line.raw;
      hash.update(raw);
      yield raw;
    }
  }
}

/** A quick look, so that few lines are parsed. */
function mayBeEnd({ bytes }: TapeLine): boolean {
  return bytes.length < 1_000 && bytes.includes('"end"');
}

/** @returns the new file @throws UserError if the tape is compressed already, or such a file exists */
export async function compressTape(file: string): Promise<string> {
  const compressed = `${file}.gz`;
  if (file.endsWith('.gz')) throw new UserError(`${file} is compressed already.`);
  if (await isThere(compressed)) throw new UserError(`${compressed} exists already: delete it first, or ${file}.`);
  await checkTape(file);
  await writeLines(compressed, rawLines(file));
  await rm(file);
  return compressed;
}

/** The lines of a file as they are. */
async function* rawLines(file: string): AsyncGenerator<Uint8Array> {
  for await (const lines of linesOf(file)) for (const { raw } of lines) yield raw;
}

/** The result of `repairTape`. */
export interface TapeRepair {
  frames: number;
  /** Lines that could not be read as frames. */
  dropped: number;
  /** The first of these problems. */
  problem: string | null;
  /** Null if the id was valid. */
  newId: TapeId | null;
  /** The file as it was; null if nothing was wrong. */
  backup: string | null;
}

/**
 * Makes a complete tape of a damaged or partial one: with all frames that can be read, numbered again, and a new end. The file as it
 * was is kept beside it.
 * @throws TapeError if the head cannot be read
 */
export async function repairTape(file: string): Promise<TapeRepair> {
  const sound = await framesIfSound(file);
  if (sound !== null) return { frames: sound, dropped: 0, problem: null, newId: null, backup: null };
  const head = await headOf(file);
  const repair: TapeRepair = { frames: 0, dropped: 0, problem: null, newId: head.newId, backup: null };
  const repaired = `${file}.repaired${file.endsWith('.gz') ? '.gz' : ''}`;
  const end = await writeTape(repaired, head.head, readableFrames(file, repair));
  const backup = await freeName(`${file}.damaged`);
  // Where the file system has no links, the tape has no name for a moment.
  await link(file, backup).catch(() => rename(file, backup));
  await rename(repaired, file);
  return { ...repair, frames: end.frames, backup };
}

/** The number of frames; null for a damaged or partial tape. */
async function framesIfSound(file: string): Promise<number | null> {
  try {
    const { frames, end } = await checkTape(file);
    return end === null ? null : frames;
  } catch (error) {
    if (error instanceof TapeError) return null;
    throw error;
  }
}

async function headOf(file: string): Promise<{ head: TapeHead; newId: TapeId | null }> {
  for await (const [line] of linesOf(file)) {
    if (line === undefined) break;
    const value = parseLine(line);
    if (value === null) throw await problemOf(line, 'format');
    const newId = value.tape === 1 && !isTapeId(value.id) ? newTapeId() : null;
    return { head: readHead(newId === null ? value : { ...value, id: newId }, line), newId };
  }
  throw new TapeError('format', { file, line: 1, byte: 0 }, 'the file is empty');
}

/** Counts what it leaves out in `repair`. */
async function* readableFrames(file: string, repair: TapeRepair): AsyncGenerator<TapeFrame> {
  let seq = 0;
  let at = 0;
  const drop = (error: TapeError) => {
    repair.dropped += 1;
    repair.problem ??= error.message;
  };
  try {
    for await (const lines of linesOf(file)) {
      for (const line of lines) {
        if (line.line === 1 || line.bytes.length < 3) continue;
        const value = parseLine(line);
        if (value?.end === true) continue;
        try {
          if (value === null) throw await problemOf(line, 'frame');
          const frame = readFrame(value, line, null);
          at = Math.max(at, frame.at);
          yield { ...frame, seq: seq++, at };
        } catch (error) {
          if (!(error instanceof TapeError)) throw error;
          drop(error);
        }
      }
    }
  } catch (error) {
    // Nothing behind damaged compression, or an endless line, can be read.
    if (!(error instanceof TapeError)) throw error;
    drop(error);
  }
}

async function freeName(wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}.${n}`;
    if (!(await isThere(name))) return name;
  }
}

/** Also true if that is unknown. */
function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}
