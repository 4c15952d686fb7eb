import { UserError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import { toJsonRow } from '../../base/json-row.js';
import {
  createFacts,
  frameRow,
  readTape,
  searchTape,
  summarize,
  TapeError,
  UnreadableTapeError,
} from '../../mcp/tape/index.js';
import type { McpParty } from '../../model/mcp.js';
import type { TapeFrame, TapeFrameRow, TapeMatch, TapeSummary } from '../../model/tape.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import {
  describeMatches,
  describeTape,
  describeTapeStats,
  describeTapes,
  type TapeSums,
} from '../../text/reports/tapes.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { warnOfOffset } from '../warnings.js';
import { givenTape, matchingTapes } from './given-tape.js';
import type { Given } from './options.js';

export async function list({ args, page, ...place }: Given): Promise<void> {
  const { tapes, unreadable } = await matchingTapes(place);
  const shown = tapes.slice(page.offset, page.offset + page.limit);
  if (shown.length === 0) warnOfOffset(page.offset, tapes.length, 'tape');
  if (args.json) return printJson(toJsonRow({ total: tapes.length, tapes: shown, unreadable }));
  if (shown.length === 0 && tapes.length > 0) return;
  await printLines(describeTapes(shown, tapes.length, unreadable, outputWidth(), new Date(), page.offset));
}

export async function show({ args, words, folder, page }: Given): Promise<void> {
  const file = await givenTape(folder, words[0] ?? '');
  const { head, frames } = await readTape(file);
  if (args.frame !== undefined) return showFrame(file, frames, args.frame, args.json);
  const facts = createFacts();
  const counting = facts.tape();
  const rows: TapeFrameRow[] = [];
  let seen = 0;
  for await (const frame of frames) {
    const messages = counting.take(frame);
    if (seen >= page.offset && rows.length < page.limit) rows.push(frameRow(frame, messages));
    seen += 1;
  }
  counting.end();
  const summary = await summarize(file);
  if (args.json)
    return printJson({ ...toJsonRow(summary), head, ...toJsonRow({ facts: facts.facts(), frameRows: rows }) });
  const { server, client, protocol, era } = head;
  const parties = [
    ['server', `${server.name} (${server.transport}${where(server.command ?? server.url)})`],
    ['server says', party(server.info ?? null)],
    ['client', party(client)],
    ['protocol', protocol === null ? null : `${protocol}${era === null ? '' : ` (${era})`}`],
  ] as const;
  await printLines(describeTape(summary, parties, facts.facts(), rows, outputWidth()));
}

function where(target: string | null): string {
  return target === null ? '' : `, ${target}`;
}

function party(known: McpParty | null): string | null {
  return known && `${known.name}${known.version === null ? '' : ` ${known.version}`}`;
}

async function showFrame(file: string, frames: AsyncIterable<TapeFrame>, seq: number, isJson: boolean): Promise<void> {
  for await (const frame of frames) {
    if (frame.seq !== seq) continue;
    const { bytes, ...rest } = frame;
    if (!isJson) return process.stdout.isTTY ? writeOut(`${Buffer.from(bytes)}\n`) : writeOut(bytes);
    const text = Buffer.from(bytes).toString();
    return printJson({ ...rest, message: parseJson(text) ?? text });
  }
  throw new UserError(`${file} has no frame ${seq}: \`claude-trace tape show\` lists them.`);
}

export async function search({ args, words, page, ...place }: Given): Promise<void> {
  const wanted = words[0] ?? '';
  if (wanted === '') throw new UserError('Missing text to search for.');
  const matches: TapeMatch[] = [];
  let isAll = true;
  let skipped = 0;
  tapes: for (const tape of (await matchingTapes(place)).tapes) {
    try {
      for await (const match of searchTape(tape, wanted)) {
        if (skipped++ < page.offset) continue;
        if (matches.length === page.limit) {
          isAll = false;
          break tapes;
        }
        matches.push(match);
      }
    } catch (error) {
      reportUnreadable(error);
    }
  }
  if (args.json) return printJson(toJsonRow({ all: isAll, matches }));
  await printLines(describeMatches(matches, isAll, outputWidth()));
}

export async function stats({ args, ...place }: Given): Promise<void> {
  const byServer = new Map<string, { sums: Omit<TapeSums, 'facts'>; facts: ReturnType<typeof createFacts> }>();
  for (const tape of (await matchingTapes(place)).tapes) {
    const { sums, facts } = byServer.get(tape.server) ?? newSums(tape.server);
    byServer.set(tape.server, { sums, facts });
    await count(tape, facts);
    sums.tapes += 1;
    sums.frames += tape.frames;
    sums.bytes += tape.bytes;
    sums.durationMs += tape.durationMs;
  }
  const rows = [...byServer.values()].map(({ sums, facts }) => ({ ...sums, facts: facts.facts() }));
  rows.sort((a, b) => b.frames - a.frames || (a.server < b.server ? -1 : 1));
  if (args.json) return printJson(toJsonRow(rows));
  await printLines(describeTapeStats(rows, outputWidth()));
}

function newSums(server: string) {
  return { sums: { server, tapes: 0, frames: 0, bytes: 0, durationMs: 0 }, facts: createFacts() };
}

/** A damaged tape counts as far as it can be read. */
async function count({ file }: TapeSummary, facts: ReturnType<typeof createFacts>): Promise<void> {
  const counting = facts.tape();
  try {
    for await (const frame of (await readTape(file)).frames) counting.take(frame);
  } catch (error) {
    reportUnreadable(error);
  } finally {
    counting.end();
  }
}

/** One tape that is damaged, or was deleted in the meantime, does not hide the others. */
function reportUnreadable(error: unknown): void {
  if (!(error instanceof TapeError) && !(error instanceof UnreadableTapeError)) throw error;
  notify(error.message);
  process.exitCode = 1;
}
