import {
  TAPE_FLAGS,
  type TapeCalls,
  type TapeFacts,
  type TapeFrameRow,
  type TapeMatch,
  type TapeSummary,
  type UnreadableTape,
} from '../../model/tape.js';
import { shortTapeIds } from '../ids.js';
import { callName } from '../mcp-figures.js';
import type { Tone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import { describeFields, excerpt, printableLine } from '../text.js';
import { counted, formatBytes, formatDuration, formatTime } from '../units.js';

/** A table of tapes, and the files that cannot be read as tapes. */
export function describeTapes(
  tapes: readonly TapeSummary[],
  total: number,
  unreadable: readonly UnreadableTape[],
  width: number,
  now: Date,
  offset = 0,
): string[] {
  return [
    ...(tapes.length === 0 ? ['No tape matches.'] : renderTable(tapeColumns(tapes, now), tapes, width)),
    ...(tapes.length > 0 && offset + tapes.length < total
      ? [`${tapes.length} of ${total}; --limit and --offset show more.`]
      : []),
    ...unreadable.map(({ problem }) => printableLine(`Not a tape: ${problem}`)),
  ];
}

function tapeColumns(tapes: readonly TapeSummary[], now: Date): Column<TapeSummary>[] {
  const shorten = shortTapeIds(tapes.map(({ id }) => id));
  return [
    { heading: 'RECORDED', cell: ({ createdAt }) => formatTime(createdAt, now), tone: () => 'dim' },
    { heading: 'TAPE', cell: ({ id }) => shorten(id) },
    { heading: 'SERVER', grow: true, cut: 'middle', cell: ({ server }) => server },
    { heading: 'FRAMES', align: 'right', cell: ({ frames }) => String(frames) },
    { heading: 'DURATION', align: 'right', dropOrder: 4, cell: ({ durationMs }) => formatDuration(durationMs) },
    { heading: 'SIZE', align: 'right', dropOrder: 5, cell: ({ bytes }) => formatBytes(bytes) },
    { heading: 'NAME', dropOrder: 1, cell: ({ name }) => name },
    { heading: 'TAGS', dropOrder: 3, cell: ({ tags }) => tags.join(', ') },
    { heading: 'NOTES', dropOrder: 2, cell: notesOf, tone: () => 'warn' },
  ];
}

function notesOf({ complete, compressed }: TapeSummary): string {
  return [...(complete ? [] : ['partial']), ...(compressed ? ['compressed'] : [])].join(', ');
}

/** A tape: what it is, its calls, and some of its frames. */
export function describeTape(
  tape: TapeSummary,
  parties: readonly (readonly [name: string, value: string | null])[],
  facts: TapeFacts,
  frames: readonly TapeFrameRow[],
  width: number,
): string[] {
  return [
    ...describeFields([
      ['tape', tape.id],
      ['file', tape.file],
      ['recorded', tape.createdAt.toISOString()],
      ['recorded by', tape.by],
      ['session', tape.session],
      ...parties,
      ['duration', formatDuration(tape.durationMs)],
      ['size', `${formatBytes(tape.bytes)}${tape.compressed ? ', compressed' : ''}`],
      ['messages', describeMessages(facts)],
      ['flags', describeFlags(facts)],
      ['tags', tape.tags.join(', ')],
      ['end', tape.complete ? null : 'missing: the recording was cut off'],
    ]),
    ...(facts.calls.length === 0 ? [] : ['', ...describeTapeCalls(facts.calls, width)]),
    ...(frames.length === 0 ? [] : ['', ...describeFrames(frames, width)]),
    ...(frames.length > 0 && frames.length < tape.frames
      ? [`${frames.length} of ${tape.frames} frames; --limit and --offset show others, --frame one in full.`]
      : []),
  ];
}

function describeMessages({ clientMessages, serverMessages, messageBytes }: TapeFacts): string {
  return `${clientMessages} of the client, ${serverMessages} of the server, ${formatBytes(messageBytes)}`;
}

function describeFlags(facts: TapeFacts): string {
  const flags = [
    [facts.redactedFrames, 'with redacted secrets'],
    [facts.alteredFrames, 'altered by rules'],
    [facts.syntheticFrames, 'made by claude-trace'],
    [facts.truncatedFrames, 'cut off'],
  ] as const;
  return flags.flatMap(([count, what]) => (count > 0 ? [`${counted(count, 'frame')} ${what}`] : [])).join(', ');
}

function describeTapeCalls(calls: readonly TapeCalls[], width: number): string[] {
  return renderTable<TapeCalls>(
    [
      { heading: 'CALLED', grow: true, cut: 'middle', cell: callName },
      { heading: 'CALLS', align: 'right', cell: (row) => String(row.calls) },
      { heading: 'FAILED', align: 'right', cell: (row) => String(row.failedCalls || ''), tone: () => 'bad' },
      { heading: 'OPEN', align: 'right', dropOrder: 1, cell: (row) => String(row.openCalls || '') },
      { heading: 'P50', align: 'right', cell: (row) => formatDuration(row.p50Ms) },
      { heading: 'P95', align: 'right', dropOrder: 2, cell: (row) => formatDuration(row.p95Ms) },
    ],
    calls,
    width,
  );
}

function describeFrames(frames: readonly TapeFrameRow[], width: number): string[] {
  return renderTable<TapeFrameRow>(
    [
      { heading: 'FRAME', align: 'right', cell: ({ seq }) => String(seq) },
      { heading: 'AT', align: 'right', cell: ({ at }) => formatDuration(at), tone: () => 'dim' },
      { heading: '', cell: ({ dir }) => (dir === 'c' ? '→' : '←') },
      { heading: 'MESSAGE', grow: true, cell: messageName, tone: messageTone },
      { heading: 'ID', align: 'right', dropOrder: 1, cell: ({ rpcId }) => excerpt(String(rpcId ?? ''), 20) },
      { heading: 'SIZE', align: 'right', dropOrder: 2, cell: ({ bytes }) => formatBytes(bytes) },
      { heading: 'NOTES', dropOrder: 3, cell: frameNotes, tone: () => 'warn' },
    ],
    frames,
    width,
  );
}

function messageName({ kind, method, name, more }: TapeFrameRow): string {
  const what = name === null ? (method ?? 'an unknown request') : `${method ?? ''} ${name}`.trim();
  const others = more > 0 ? ` and ${more} more` : '';
  if (kind === 'response') return `result of ${what}${others}`;
  if (kind === 'error') return `error of ${what}${others}`;
  return kind === 'malformed' ? 'not JSON-RPC' : `${what}${others}`;
}

function messageTone({ kind }: TapeFrameRow): Tone | undefined {
  return kind === 'error' || kind === 'malformed' ? 'bad' : undefined;
}

function frameNotes(row: TapeFrameRow): string {
  return TAPE_FLAGS.filter((flag) => row[flag]).join(', ');
}

/** Where a text was found. */
export function describeMatches(matches: readonly TapeMatch[], isAll: boolean, width: number): string[] {
  if (matches.length === 0) return ['Nothing was found.'];
  return [
    ...renderTable<TapeMatch>(
      [
        { heading: 'TAPE', cell: ({ tape }) => tape },
        { heading: 'FRAME', align: 'right', cell: ({ seq }) => String(seq) },
        { heading: 'AT', align: 'right', dropOrder: 1, cell: ({ at }) => formatDuration(at), tone: () => 'dim' },
        { heading: '', cell: ({ dir }) => (dir === 'c' ? '→' : '←') },
        { heading: 'TEXT', grow: true, cut: 'middle', cell: ({ excerpt: text }) => text },
      ],
      matches,
      width,
    ),
    ...(isAll ? [] : [`The first ${counted(matches.length, 'frame')}; --limit shows more.`]),
  ];
}

/** Sums of several tapes of a server. */
export interface TapeSums {
  server: string;
  tapes: number;
  frames: number;
  bytes: number;
  durationMs: number;
  facts: TapeFacts;
}

export function describeTapeStats(rows: readonly TapeSums[], width: number): string[] {
  if (rows.length === 0) return ['No tape matches.'];
  const callsOf = (count: (calls: TapeCalls) => number) => (row: TapeSums) =>
    row.facts.calls.reduce((sum, each) => sum + count(each), 0);
  const altered = rows.reduce((sum, { facts }) => sum + facts.alteredCalls, 0);
  const tools = rows.flatMap(({ server, facts }) => facts.calls.map((calls) => ({ server, ...calls })));
  return [
    ...renderTable<TapeSums>(
      [
        { heading: 'SERVER', grow: true, cut: 'middle', cell: ({ server }) => server },
        { heading: 'TAPES', align: 'right', cell: ({ tapes }) => String(tapes) },
        { heading: 'FRAMES', align: 'right', cell: ({ frames }) => String(frames) },
        { heading: 'CALLS', align: 'right', cell: (row) => String(callsOf((each) => each.calls)(row)) },
        {
          heading: 'FAILED',
          align: 'right',
          cell: (row) => String(callsOf((each) => each.failedCalls)(row) || ''),
          tone: () => 'bad',
        },
        { heading: 'DURATION', align: 'right', dropOrder: 1, cell: ({ durationMs }) => formatDuration(durationMs) },
        { heading: 'SIZE', align: 'right', dropOrder: 2, cell: ({ bytes }) => formatBytes(bytes) },
      ],
      rows,
      width,
    ),
    ...(tools.length === 0
      ? []
      : [
          '',
          ...describeTapeCalls(
            tools.map(({ server, ...calls }) => ({ ...calls, name: `${server} ${calls.name}` })),
            width,
          ),
        ]),
    ...(altered > 0 ? [`Not counted: ${counted(altered, 'call')} that rules or replays changed.`] : []),
  ];
}
