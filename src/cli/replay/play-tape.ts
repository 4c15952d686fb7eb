import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import type { Speed } from '../../mcp/replay/clock.js';
import { type IndexedTape, indexTape } from '../../mcp/replay/indexed-tape.js';
import { writeTape } from '../../mcp/tape/index.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { makeRunFolder } from '../../settings/run-folder.js';
import { styledLine } from '../../text/line.js';
import { notify } from '../../text/output/stderr.js';
import { isOutputClosed } from '../../text/output/stdout.js';
import { fitTable, rowLine } from '../../text/table.js';
import { frameColumns } from '../../tui/player/frame-columns.js';
import { withReader } from '../database.js';
import { outputWidth, printJsonLines, printLines } from '../output.js';
import { refuseOtherServer, serverTapes, tapeFile } from './find-tapes.js';

export interface PlayOptions {
  /** Server to play, of a session with several; null: the only one. */
  server: string | null;
  speed: Speed;
  isStepped: boolean;
}

/** Plays a tape, or that of a stored session, on the terminal. */
export async function playTape(word: string, { server, speed, isStepped }: PlayOptions): Promise<void> {
  const { 'ui.mouse': mouse } = await loadConfig(resolvePaths(process.env).configFile);
  await withTape(word, server, async (tape) => {
    const { runPlayer } = await import('../../tui/player/run-player.js');
    await runPlayer(tape, { speed, isStepped, mouse });
  });
}

/** Lines of one write. */
const PAGE = 500;

/** Prints the frames of a tape, a line or a JSON object each. */
export async function printFrames(
  word: string,
  { server, json }: { server: string | null; json: boolean },
): Promise<void> {
  await withTape(word, server, async (tape) => {
    await new Promise<void>((resolve) => {
      const check = () => tape.end !== null && resolve();
      tape.onChange(check);
      check();
    });
    const width = outputWidth();
    const table = fitTable(frameColumns(), [], Number.isFinite(width) ? width : 160);
    for (let start = 0; start < tape.count; start += PAGE) {
      const indexes = Array.from({ length: Math.min(PAGE, tape.count - start) }, (_, index) => start + index);
      if (json) await printJsonLines(indexes.flatMap((index) => frameJson(tape, index)));
      else {
        const rows = indexes.flatMap((index) => tape.row(index) ?? []);
        await printLines(rows.map((row) => styledLine(rowLine(table, row))));
      }
      if (isOutputClosed()) return;
    }
    if (tape.end?.problem) throw new UserError(tape.end.problem);
    if (tape.end?.isPartial) notify('The tape is partial: its recording was cut off.');
  });
}

function frameJson(tape: IndexedTape, index: number): object[] {
  const frame = tape.frame(index);
  const row = tape.row(index);
  if (frame === null || row === null) return [];
  const { dir, kind, method, name, id, size } = row.summary;
  const text = Buffer.from(frame.bytes).toString();
  const { seq, at } = frame;
  return [
    { seq, at, dir, kind, method, name, id, bytes: size, latency_ms: row.latencyMs, message: parseJson(text) ?? text },
  ];
}

/** Opens a tape for the work, and closes it. A stored session is written to a private file first. */
async function withTape(
  word: string,
  server: string | null,
  work: (tape: IndexedTape) => Promise<void>,
): Promise<void> {
  const given = await tapeFile(word);
  if (given !== null)
    return useTape(given, (tape) => {
      refuseOtherServer(tape.head, server);
      return work(tape);
    });
  const folder = makeRunFolder();
  try {
    const file = join(folder, 'tape.jsonl');
    await withReader(false, async (reader) => {
      const tapes = serverTapes(reader, word, server).map((tape) => ({ ...tape, count: countOf(tape.frames) }));
      const longest = tapes.reduce((one, other) => (other.count > one.count ? other : one));
      if (tapes.length > 1) notify(`The session has ${tapes.length} connections to this server: this is the longest.`);
      await writeTape(file, longest.head, longest.frames);
    });
    await useTape(file, work);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without keeping them: a session may be large. */
function countOf(frames: Iterable<unknown>): number {
  let count = 0;
  for (const _frame of frames) count++;
  return count;
}

async function useTape(file: string, work: (tape: IndexedTape) => Promise<void>): Promise<void> {
  const tape = await indexTape(file);
  try {
    await work(tape);
  } finally {
    tape.close();
  }
}
