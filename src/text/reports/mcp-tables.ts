import type { UnrecordedServer } from '../../history/mcp-unrecorded.js';
import type { McpCallFigures, McpServerFigures, McpToolFigures } from '../../model/mcp-figures.js';
import type { McpCallRow } from '../../model/mcp-rows.js';
import { splitSource } from '../../model/source.js';
import { shortMcpCallIds } from '../ids.js';
import {
  alteredNote,
  callName,
  callState,
  callTone,
  HOW_TO_RECORD_MCP,
  mcpWord,
  saidAndGotOf,
  sumSaidAndGot,
} from '../mcp-figures.js';
import { type Column, renderTable } from '../table.js';
import { printableLine } from '../text.js';
import { counted, formatDuration, formatTime, formatTokens } from '../units.js';
import { wrapText } from '../wrap.js';

/** A table of servers, and which others were used. @param width columns */
export function describeMcpServers(
  rows: readonly McpServerFigures[],
  unrecorded: readonly UnrecordedServer[],
  width: number,
  now: Date,
): string[] {
  return [
    ...(rows.length === 0
      ? ['No recording of an MCP server is stored.']
      : renderTable(serverColumns(now, width), rows, width)),
    ...namesOf(
      'Not recorded',
      unrecorded.filter(({ mayBeRemoved }) => !mayBeRemoved),
      width,
    ),
    ...namesOf(
      'Not recorded, or removed since',
      unrecorded.filter(({ mayBeRemoved }) => mayBeRemoved),
      width,
    ),
    ...(rows.length === 0 || unrecorded.length > 0 ? HOW_TO_RECORD_MCP : []),
  ];
}

function namesOf(what: string, servers: readonly UnrecordedServer[], width: number): string[] {
  if (servers.length === 0) return [];
  const names = servers.map(({ source, calls }) => `${splitSource(source).name} (${counted(calls, 'call')})`);
  return wrapText(printableLine(`${what}: ${names.join(', ')}.`), width);
}

export function describeMcpTools(rows: readonly McpToolFigures[], width: number, now: Date): string[] {
  return renderTable(toolColumns(now, width), rows, width);
}

/** @param total number of calls that match */
export function describeMcpCalls(
  rows: readonly McpCallRow[],
  total: number,
  width: number,
  now: Date,
  offset = 0,
): string[] {
  if (rows.length === 0) return ['No call matches.'];
  return [
    ...renderTable(callColumns(rows, now), rows, width),
    ...(offset + rows.length < total ? [`${rows.length} of ${total}; --limit and --offset show more.`] : []),
  ];
}

const CALLS_OF_REQUEST = 20;

/** The MCP calls of an API request, below a title. No line if it has no calls. */
export function describeCallsOfRequest(title: string, rows: readonly McpCallRow[], width: number): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - CALLS_OF_REQUEST;
  return [
    '',
    title,
    ...renderTable(callColumns(rows, new Date()), rows.slice(0, CALLS_OF_REQUEST), width),
    ...(more > 0 ? [`… and ${more} more; --json has all.`] : []),
  ];
}

function serverColumns(now: Date, width: number): Column<McpServerFigures>[] {
  return [
    { heading: 'SERVER', grow: true, cut: 'middle', cell: (row) => row.server },
    { heading: 'TRANSPORT', dropOrder: 2, cell: (row) => row.transport },
    ...figureColumns<McpServerFigures>(),
    {
      heading: 'DEFINITIONS',
      align: 'right',
      dropOrder: 4,
      cell: (row) => formatTokens(row.definitionTokens),
    },
    { heading: 'LAST USED', dropOrder: 1, cell: (row) => lastUsed(row, now), tone: () => 'dim' },
    notesColumn(serverNotes, width),
  ];
}

function toolColumns(now: Date, width: number): Column<McpToolFigures>[] {
  return [
    { heading: 'TOOL', grow: true, cut: 'middle', cell: callName },
    ...figureColumns<McpToolFigures>(),
    {
      heading: 'DEFINITION',
      align: 'right',
      dropOrder: 4,
      cell: (row) => (row.definition === null ? '' : formatTokens(row.definitionTokens)),
    },
    { heading: 'LAST USED', dropOrder: 1, cell: (row) => lastUsed(row, now), tone: () => 'dim' },
    notesColumn(toolNotes, width),
  ];
}

/** Columns for the calls of a server or a tool. */
function figureColumns<Row extends McpCallFigures>(): Column<Row>[] {
  return [
    { heading: 'CALLS', align: 'right', cell: (row) => String(row.calls) },
    { heading: 'FAILED', align: 'right', cell: (row) => String(row.failedCalls || ''), tone: () => 'bad' },
    { heading: 'P50', align: 'right', dropOrder: 3, cell: (row) => durationCell(row.p50Ms) },
    { heading: 'P95', align: 'right', dropOrder: 6, cell: (row) => durationCell(row.p95Ms) },
    {
      heading: 'SENT → GOT',
      align: 'right',
      dropOrder: 7,
      cell: sumSaidAndGot,
      tone: (row) => (row.reducedCalls > 0 ? 'warn' : undefined),
    },
  ];
}

/** Below this width there is only room for the first notes. */
const WIDE = 160;

function notesColumn<Row>(cell: (row: Row) => string, width: number): Column<Row> {
  return { heading: 'NOTES', dropOrder: 5, cell, tone: () => 'warn', ...(width < WIDE ? { width: 30 } : {}) };
}

function durationCell(ms: number | null): string {
  return ms === null ? '' : formatDuration(ms);
}

function lastUsed({ lastUsed: time }: McpCallFigures, now: Date): string {
  return time === null ? 'never' : formatTime(time, now);
}

function serverNotes(row: McpServerFigures): string {
  return notes([
    [row.lost, `${counted(row.lost, 'message')} not recorded`],
    [row.alteredCalls, alteredNote(row)],
    [row.reducedCalls, `${counted(row.reducedCalls, 'result')} reduced`],
    [row.changed, `${counted(row.changed, 'definition')} changed`],
    [row.neverCalled ?? 0, `${row.neverCalled} of ${counted(row.tools ?? 0, 'tool')} never called`],
  ]);
}

function toolNotes(row: McpToolFigures): string {
  const { reducedCalls, definition } = row;
  const isCut = definition !== null && definition.bytesGot !== null && definition.bytesGot < definition.bytesSaid;
  const ofBytes = isCut ? `${definition.bytesGot} of ${definition.bytesSaid} bytes` : '';
  return notes([
    [row.alteredCalls, alteredNote(row)],
    [reducedCalls, `${counted(reducedCalls, 'result')} reduced`],
    [Number(definition?.changed === true), 'definition changed'],
    [Number(isCut), `description cut: ${ofBytes}`],
  ]);
}

/** @param given notes with the number that they are about: 0 leaves one out */
function notes(given: readonly (readonly [count: number, note: string])[]): string {
  return given.flatMap(([count, note]) => (count > 0 ? [note] : [])).join(', ');
}

function callColumns(rows: readonly McpCallRow[], now: Date): Column<McpCallRow>[] {
  const shorten = shortMcpCallIds(rows.map(({ id }) => id));
  return [
    { heading: 'TIME', cell: ({ sentAt }) => formatTime(sentAt, now), tone: () => 'dim' },
    { heading: 'CALL', cell: ({ id }) => shorten(id) },
    { heading: 'TOOL', grow: true, cut: 'middle', cell: (row) => `${row.server} ${callName(row)}` },
    { heading: 'STATE', cell: callState, tone: ({ state }) => callTone(state) },
    { heading: 'LATENCY', align: 'right', dropOrder: 2, cell: ({ latencyMs }) => durationCell(latencyMs) },
    { heading: 'SENT → GOT', align: 'right', dropOrder: 3, cell: saidAndGotOf },
    {
      heading: 'MODEL GOT',
      dropOrder: 1,
      cell: ({ delivery }) => (delivery === null ? '' : mcpWord(delivery.form)),
      tone: ({ delivery }) => (delivery?.form === 'whole' ? 'dim' : 'warn'),
    },
  ];
}
