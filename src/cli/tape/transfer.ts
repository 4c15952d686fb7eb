import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { UsageError, UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { fileOutput, type Output, stdoutOutput } from '../../export/output/output.js';
import { tapeHar } from '../../export/tapes/har.js';
import { tapeMermaid } from '../../export/tapes/mermaid.js';
import {
  checkTape,
  hashOfFrames,
  inChunks,
  newTapeId,
  readHeads,
  readShadowcat,
  readTape,
  saveTape,
  shadowcat0,
  shadowcat1,
  summarize,
  type Tape,
  TapeError,
  tapeLines,
} from '../../mcp/tape/index.js';
import type { TapeSummary } from '../../model/tape.js';
import { notify } from '../../text/output/stderr.js';
import { describeTapes } from '../../text/reports/tapes.js';
import { escapeUnsafe, printableLine } from '../../text/text.js';
import { counted } from '../../text/units.js';
import { withReader } from '../database.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { tapesOf } from '../replay/find-tapes.js';
import { givenTape } from './given-tape.js';
import type { Given, TapeFormat } from './options.js';

/** Tapes of what was recorded: one for each connection of a session, or of a run. */
export async function record({ args, words, folder }: Given): Promise<void> {
  const files: string[] = [];
  let empty = 0;
  let others: string[] = [];
  await withReader(false, async (reader) => {
    for (const tape of tapesOf(reader, words[0] ?? '', args.server)) {
      if (reader.walkMcpMessages(tape.connection.id, null, 1).length === 0) {
        empty += 1;
        continue;
      }
      const file = await saveTape(folder, tape.head, tape.frames, args.gzip);
      files.push(file);
      if (tape.damaged > 0)
        notify(`${file}: ${counted(tape.damaged, 'message')} could not be read, and are not in the tape.`);
    }
    if (files.length === 0 && empty === 0 && args.server !== undefined) {
      others = [...new Set([...tapesOf(reader, words[0] ?? '')].map(({ head }) => printableLine(head.server.name)))];
    }
  });
  if (others.length > 0) {
    throw new UserError(`No connection to ${args.server} was recorded there. It has: ${others.join(', ')}.`);
  }
  if (files.length === 0 && empty === 0) {
    throw new UserError(
      'No connection to an MCP server was recorded there. `claude-trace wrap --mcp` records stdio servers; ' +
        '`claude-trace mcp` lists what was recorded.',
    );
  }
  if (empty > 0) notify(`${counted(empty, 'connection')} without messages: no tape was made of them.`);
  await printSaved(files, args.json);
}

/** Copies of files in the library: tapes, and those of Shadowcat as tapes. */
export async function importTapes({ args, words, folder }: Given): Promise<void> {
  const files: string[] = [];
  for (const word of words) files.push(await importOne(folder, word, args.gzip));
  await printSaved([...new Set(files)], args.json);
}

async function importOne(folder: string, file: string, compress: boolean): Promise<string> {
  const tape = await readTape(file).catch((error: unknown) => {
    if (error instanceof TapeError && error.code === 'format') return null;
    throw error;
  });
  if (tape === null) return importShadowcat(folder, file, compress);
  const { end, frames } = await checkTape(file);
  const heads = await readHeads(folder);
  const same = await sameTape(tape, heads);
  if (same !== null) {
    notify(`${file} is in the library already.`);
    return same;
  }
  // A different tape with this id is kept.
  const isTaken = heads.some(({ head }) => head.id === tape.head.id);
  const head = isTaken ? { ...tape.head, id: newTapeId() } : tape.head;
  if (end === null) notify(`${file} is partial: its copy is a complete tape of the ${counted(frames, 'frame')} in it.`);
  return saveTape(folder, head, tape.frames, compress);
}

/** The file with the same frames; null without one. Its id and its tags may differ. */
async function sameTape({ file, head }: Tape, known: Awaited<ReturnType<typeof readHeads>>): Promise<string | null> {
  const candidates = known.filter(
    (each) => each.head.created_at === head.created_at && each.head.server.name === head.server.name,
  );
  const hash = candidates.length === 0 ? null : await hashOfFrames(file);
  for (const candidate of candidates) {
    if (hash === (await hashOfFrames(candidate.file).catch(() => null))) return candidate.file;
  }
  return null;
}

async function importShadowcat(folder: string, file: string, compress: boolean): Promise<string> {
  const tape = await readShadowcat(file);
  const saved = await saveTape(folder, tape.head, tape.frames, compress);
  if (tape.checksum === 'unverified') {
    notify(
      `${file}: its checksum could not be verified. Shadowcat's recipe is only known from a plan, so the tape may be whole or not.`,
    );
  }
  return saved;
}

async function printSaved(files: readonly string[], isJson: boolean): Promise<void> {
  const tapes: TapeSummary[] = [];
  for (const file of files) tapes.push(await summarize(file));
  if (isJson) return printJson(toJsonRow(tapes));
  await printLines(tapes.length === 0 ? [] : describeTapes(tapes, tapes.length, [], outputWidth(), new Date()));
}

const FORMATS: Readonly<Record<TapeFormat, (tape: Tape) => AsyncIterable<string>>> = {
  tape: ({ head, frames }) => tapeLines(head, frames),
  v0: shadowcat0,
  v1: shadowcat1,
  har: tapeHar,
  mermaid: tapeMermaid,
};

export async function exportTape({ args, words, folder }: Given): Promise<void> {
  const { format = 'tape', output: path, force, json } = args;
  if (force && path === undefined) throw new UsageError('--force needs --output.');
  if (json && path === undefined) throw new UsageError('--json reports what was written: give --output with it.');
  const tape = await readTape(await givenTape(folder, words[0] ?? ''));
  const pieces = FORMATS[format](tape);
  const output = path === undefined ? stdoutOutput() : await fileOutput(path, force);
  if (!(await writeAll(path?.endsWith('.gz') ? compressed(pieces) : pieces, output))) return;
  if (path !== undefined && json) await printJson({ id: tape.head.id, format, file: path });
}

/** @returns false when the reader of the output left before the end */
async function writeAll(pieces: AsyncIterable<string | Uint8Array>, output: Output): Promise<boolean> {
  try {
    for await (const piece of pieces) if (!(await output.write(piece))) return false;
    await output.commit();
    return true;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

function compressed(pieces: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  // An error reaches the reader through the last stream.
  return pipeline(Readable.from(inChunks(escaped(pieces))), createGzip(), () => {});
}

/** As an output writes texts. */
async function* escaped(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield escapeUnsafe(piece);
}
