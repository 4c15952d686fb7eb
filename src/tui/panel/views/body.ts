import type { PausedMessage } from '../../../model/paused-message.js';
import { shortSessionIds } from '../../../text/ids.js';
import { fragment, type Line } from '../../../text/line.js';
import { HOW_TO_RECORD_MCP } from '../../../text/mcp-figures.js';
import { printableLine } from '../../../text/text.js';
import { wrap } from '../../../text/wrap.js';
import type { Size } from '../../split/layout.js';
import type { Area, Band } from '../area.js';
import type { Choices } from '../hooks/choices.js';
import { serverRows, statsRows } from '../hooks/tree-rows.js';
import type { Deferred } from '../hooks/use-deferred.js';
import type { Views } from '../hooks/use-views.js';
import type { LaidOut } from '../lines/document.js';
import { callColumns, serverColumns } from '../lines/mcp-columns.js';
import { requestHeadLines, sectionAt } from '../lines/request/head.js';
import type { RowContext } from '../lines/request-columns.js';
import { ruleNotes } from '../lines/rule-notes.js';
import { sessionColumns } from '../lines/session-columns.js';
import { sourceColumns } from '../lines/source-columns.js';
import { REQUEST_HEAD_ROWS, viewSize } from '../state/layout.js';
import { type PanelState, tableOf } from '../state/state.js';
import { choicesArea } from './choices.js';
import { contextBands } from './context.js';
import { requestsBands } from './requests.js';
import { tableArea } from './table.js';

/**
 * The part of the panel that depends on the view.
 * @param text what scrolls in this view; null where rows are selected
 * @param choices what the open prompt offers in place of the view
 */
export function bodyBands(
  state: PanelState,
  views: Views,
  text: LaidOut | null,
  choices: Choices | null,
  context: Omit<RowContext, 'isToday'> & { held: readonly PausedMessage[] },
  size: Size,
): Band[] {
  const view = viewSize(size);
  if (choices !== null && state.prompt?.cursor) return [[choicesArea(choices, state.prompt.cursor, view)]];
  if (text !== null && state.view === 'request' && !state.help) return requestBands(state, views, text, context, view);
  if (text !== null) return [[textArea(state, text, view)]];
  if (state.view === 'sources') return [[sourcesArea(state, views, size)]];
  if (state.view === 'context') return contextViewBands(state, views, context.now, view);
  if (state.view === 'sessions') return [[sessionsArea(state, views, context.now, view)]];
  if (state.view === 'mcp') {
    if (tableOf(state) === 'calls') return [[callsArea(state, views, context.now, view)]];
    const notes = ruleNotes(context.held, views.servers.value?.alerts ?? [], context.now, view);
    const rest = view.height - notes.length;
    return [[{ lines: notes, width: view.width, height: notes.length }], [serversArea(state, views, size, rest)]];
  }
  return requestsBands(state, views, size, context);
}

function contextViewBands(state: PanelState, { context }: Views, now: Date, size: Size): Band[] {
  const { value } = context;
  if (value !== null && value.places.length > 0) return contextBands(value, state.cursors.context, now, size);
  return [[{ lines: [emptyLine(context, undefined)], ...size }]];
}

/** One request: its facts, its sections, and the text of one section. */
function requestBands(
  state: PanelState,
  { selected }: Views,
  text: LaidOut,
  { growing }: Omit<RowContext, 'isToday'>,
  { width, height }: Size,
): Band[] {
  const request = selected.value?.request ?? null;
  const lines = requestHeadLines(request, state.section, request && growing(request.id), width);
  return [
    [
      {
        lines,
        width,
        height: REQUEST_HEAD_ROWS,
        click(x, y) {
          const by = y === 1 ? sectionAt(state.section, x) : null;
          return by === null ? null : { type: 'section', by };
        },
      },
    ],
    [textArea(state, text, { width, height: height - REQUEST_HEAD_ROWS })],
  ];
}

function textArea({ scroll, find, link }: PanelState, text: LaidOut, { width, height }: Size): Area {
  const isLinked = link !== null && text.lines[link.line]?.only !== undefined;
  const found = find?.line ?? (isLinked ? link.line : null);
  return {
    lines: text.lines.slice(scroll, scroll + height),
    width,
    height,
    selected: found === null ? undefined : found - scroll,
  };
}

function sourcesArea(state: PanelState, views: Views, size: Size): Area {
  const { sources } = views;
  const rows = statsRows(state, views, size);
  const content = {
    columns: sources.value === null ? [] : sourceColumns(sources.value, rows),
    rowAt: (index: number) => rows[index] ?? null,
    count: rows.length,
    cursor: state.cursors.sources,
    empty: emptyLine(sources, state.sources.text),
    isTree: true,
  };
  return tableArea(content, viewSize(size));
}

function sessionsArea(state: PanelState, { sessions }: Views, now: Date, size: Size): Area {
  const rows = sessions.value ?? [];
  const shorten = shortSessionIds(rows.map(({ id }) => id));
  const content = {
    columns: sessionColumns(now, shorten, size.width),
    rowAt: (index: number) => rows[index] ?? null,
    count: rows.length,
    cursor: state.cursors.sessions,
    empty: emptyLine(sessions, state.sessions.text),
  };
  return tableArea(content, size);
}

function serversArea(state: PanelState, views: Views, size: Size, height: number): Area {
  const { servers } = views;
  const view = { ...viewSize(size), height };
  const rows = serverRows(state, views, size);
  if (rows.length === 0 && servers.value !== null && state.servers.text === undefined)
    return hintArea(NOTHING_RECORDED, view);
  const content = {
    columns: serverColumns(size.width),
    rowAt: (index: number) => rows[index] ?? null,
    count: rows.length,
    cursor: state.cursors.servers,
    empty: emptyLine(servers, state.servers.text),
    isTree: true,
  };
  return tableArea(content, view);
}

const NOTHING_RECORDED = ['No MCP server was recorded yet.', ...HOW_TO_RECORD_MCP];
const NO_CALLS = ['No calls were recorded here.', ...HOW_TO_RECORD_MCP];

function hintArea(sentences: readonly string[], { width, height }: Size): Area {
  const lines = sentences
    .flatMap((sentence) => wrap(sentence, width - 2))
    .map((line) => [fragment(`  ${line}`, 'dim')]);
  return { lines, width, height };
}

function callsArea(state: PanelState, { calls }: Views, now: Date, size: Size): Area {
  const rows = calls.value?.rows ?? [];
  if (calls.value?.total === 0) return hintArea(NO_CALLS, size);
  const content = {
    columns: callColumns(state.mcp.calls ?? {}, now, size.width),
    rowAt: (index: number) => rows[index] ?? null,
    count: rows.length,
    cursor: state.cursors.calls,
    empty: emptyLine(calls, state.calls.text),
  };
  return tableArea(content, size);
}

function emptyLine({ reading, error }: Deferred<unknown>, text: string | undefined): Line {
  if (error !== null) return [fragment(error, 'bad')];
  if (text !== undefined && !reading)
    return [fragment(printableLine(`No row contains "${text}". Esc shows all.`), 'dim')];
  return [fragment(reading ? 'loading …' : 'Nothing captured yet.', 'dim')];
}
