import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseRecord } from '../../../base/json.js';
import type { TapeHead, TapeSummary } from '../../../model/tape.js';
import { isGzip, linesOf } from '../lines.js';
import { readTape } from '../read-tape.js';
import { nameOfTape } from './names.js';

interface Extent {
  frames: number;
  durationMs: number;
  complete: boolean;
}

/**
 * Describes a tape without checking it: its head, and its end. Of a complete tape without compression only these are read, however
 * large it is.
 * @throws TapeError, UnreadableTapeError
 */
export async function summarize(file: string): Promise<TapeSummary> {
  const { head } = await readTape(file);
  const { end, ...facts } = await look(file);
  return { ...factsOf(head), name: nameOfTape(basename(file)), file, ...facts, ...(end ?? (await scan(file))) };
}

function factsOf({ id, server, session, created_at, by, tags }: TapeHead) {
  return { id, server: server.name, transport: server.transport, session, createdAt: new Date(created_at), by, tags };
}

/** More than any end has. */
const END_BYTES = 4_096;

/** Reads the first and the last bytes of a file. `end` is null if it does not end with the end of a tape, or is compressed. */
async function look(file: string): Promise<{ bytes: number; compressed: boolean; end: Extent | null }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const compressed = isGzip(await bytesAt(handle, 0, 2));
    const length = Math.min(size, END_BYTES);
    const text = compressed ? '' : (await bytesAt(handle, size - length, length)).toString();
    return { bytes: size, compressed, end: extentIn(text.trimEnd().split('\n').at(-1) ?? '') };
  } finally {
    await handle.close();
  }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function extentIn(line: string): Extent | null {
  const { end, frames, duration_ms } = parseRecord(line) ?? {};
  if (end !== true || typeof frames !== 'number' || typeof duration_ms !== 'number') return null;
  return { frames, durationMs: duration_ms, complete: true };
}

async function scan(file: string): Promise<Extent> {
  let count = 0;
  let last = '';
  for await (const lines of linesOf(file)) {
    for (const { bytes, isWhole } of lines) {
      if (bytes.length < 3) continue;
      if (!isWhole && parseRecord(bytes.toString()) === null) continue;
      count += 1;
      last = bytes.length > END_BYTES ? bytes.toString('latin1', 0, END_BYTES) : bytes.toString();
    }
  }
  const ended = extentIn(last);
  if (ended !== null) return ended;
  // Of a long line, the beginning has `at`.
  const at = /^\{"seq":\d+,"at":([\d.e+]+)/.exec(last)?.[1];
  return { frames: Math.max(0, count - 1), durationMs: Number(at ?? parseRecord(last)?.at ?? 0) || 0, complete: false };
}
