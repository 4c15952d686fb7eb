import type { Part } from '../../../model/segment.js';
import type { Source } from '../../../model/source.js';
import type { RequestFilter, RequestSort } from '../../../store/index.js';
import { AT_TOP, type Cursor } from './cursor.js';
import { type LoadedRows, NOTHING_LOADED, rowAt } from './loaded-rows.js';
import type { Prompt } from './prompt.js';
import type { Folds } from './tree.js';

export const VIEWS = ['requests', 'request', 'sources', 'sessions', 'findings', 'context', 'mcp'] as const;
export type View = (typeof VIEWS)[number];

/** Rows to select. The view `mcp` has two tables. */
export type Table = 'requests' | 'sources' | 'sessions' | 'context' | 'servers' | 'calls';

export const SECTIONS = ['overview', 'segments', 'response', 'diff', 'headers', 'times'] as const;
export type Section = (typeof SECTIONS)[number];

/** The filters and the order of the list. */
export interface Query {
  text?: string | undefined;
  source?: string | undefined;
  status?: string | undefined;
  sessionId?: string | undefined;
  sort: RequestSort;
  /** Default: hidden while requests are under their prompts. */
  sideCalls?: 'shown' | undefined;
}

/** Orders of sources. Each is a column on the screen. */
export const SOURCE_SORTS = ['cost', 'tokens', 'requests', 'rating', 'key'] as const;
export type SourceSort = (typeof SOURCE_SORTS)[number];

export const SESSION_SORTS = ['last seen', 'cost', 'requests', 'input'] as const;
export type SessionSort = (typeof SESSION_SORTS)[number];

export const SERVER_SORTS = ['calls', 'failed', 'latency', 'tokens', 'name'] as const;
export type ServerSort = (typeof SERVER_SORTS)[number];

export const CALL_SORTS = ['time', 'latency', 'tokens'] as const;
export type CallSort = (typeof CALL_SORTS)[number];

/** The filter and the order of a small table. */
export interface Arrangement<Sort> {
  /** Only rows that contain this text, in any letter case. */
  text?: string | undefined;
  sort: Sort;
}

/** The selected row of the breakdown: it stays with its source while figures and order change. */
export interface BreakdownCursor {
  /** Whether keys act on the breakdown, and not on the list. */
  isFocused: boolean;
  /** Null for the first. */
  key: string | null;
  /** Index of the first row on the screen. */
  top: number;
}

/** A line of a text that leads to a source. */
export interface Link {
  line: number;
  scroll: number;
}

/** Limits the segments of a request that are shown. */
export interface SegmentFilter {
  source: Source;
  /** Null for all of its parts. */
  part: Part | null;
}

/** The conversation in the view of the context. */
export interface ConversationChoice {
  /** Null for the latest. */
  sessionId: string | null;
  /** Null for the main conversation. */
  agentId: string | null;
}

/** Calls of MCP servers that are listed together. All conditions must hold. */
export interface CallsChoice {
  server?: string | undefined;
  /** A tool, prompt or resource of the server. */
  tool?: { method: string; name: string } | undefined;
  /** Source of the server, for one that is known only from requests. */
  source?: Source | undefined;
  /** Calls that this request made or whose results it carried first. */
  requestId?: string | undefined;
}

/** What the view `mcp` shows: a call, else calls, else the servers. */
export interface McpPlace {
  calls: CallsChoice | null;
  /** The id of a call. */
  call: string | null;
  /** The view that led to the calls; null for the servers. */
  from: View | null;
}

/** A search in the text of a view. */
export interface Find {
  text: string;
  /** The line of the current match; null without a match. */
  line: number | null;
}

export interface Notice {
  tone: 'good' | 'warn' | 'bad' | 'dim';
  text: string;
  /** Shows the key that undoes it. */
  canUndo?: boolean;
}

/** Everything that the screen depends on, except the data that is read for it. */
export interface PanelState {
  view: View;
  help: boolean;
  query: Query;
  sources: Arrangement<SourceSort>;
  sessions: Arrangement<SessionSort>;
  servers: Arrangement<ServerSort>;
  calls: Arrangement<CallSort>;
  mcp: McpPlace;
  /** Null outside of a search. */
  find: Find | null;
  loaded: LoadedRows;
  /** Number of side calls that match but have no row. */
  hiddenSideCalls: number;
  /** Why the requests could not be read; null if they were. */
  failure: string | null;
  cursors: Readonly<Record<Table, Cursor>>;
  /**
   * The id in the view `request`, which stays when newer requests arrive. If null, the selected one as soon as it is
   * read.
   */
  opened: string | null;
  /** Where the view `request` leads back to. */
  openedFrom: 'requests' | 'context' | 'mcp';
  conversation: ConversationChoice;
  /** Null for all segments. */
  only: SegmentFilter | null;
  /** The selected source of the overview, and how far the overview is scrolled; null where none is selected. */
  link: Link | null;
  breakdown: BreakdownCursor;
  /** What is folded in the breakdown, and in the views of sources and MCP servers. */
  folds: Folds;
  section: Section;
  /** First line on the screen, in text. */
  scroll: number;
  prompt: Prompt | null;
  notice: Notice | null;
}

export const ALL_SERVERS: McpPlace = { calls: null, call: null, from: null };

export function initialState(sessionId?: string): PanelState {
  return {
    view: 'requests',
    help: false,
    query: { sort: 'time', sessionId },
    sources: { sort: 'cost' },
    sessions: { sort: 'last seen' },
    servers: { sort: 'calls' },
    calls: { sort: 'time' },
    mcp: ALL_SERVERS,
    find: null,
    link: null,
    loaded: NOTHING_LOADED,
    hiddenSideCalls: 0,
    failure: null,
    cursors: {
      requests: AT_TOP,
      sources: AT_TOP,
      sessions: AT_TOP,
      context: AT_TOP,
      servers: AT_TOP,
      calls: AT_TOP,
    },
    opened: null,
    openedFrom: 'requests',
    conversation: { sessionId: sessionId ?? null, agentId: null },
    only: null,
    breakdown: { isFocused: false, key: null, top: 0 },
    folds: {},
    section: 'overview',
    scroll: 0,
    prompt: null,
    notice: null,
  };
}

export function filterOf({ text, source, status, sessionId }: Query): RequestFilter {
  return { text, source, status, sessionId };
}

export function isFiltered({ text, source, status, sessionId }: Query): boolean {
  return [text, source, status, sessionId].some((each) => each !== undefined);
}

/** The conversation of the selected request: that of its agent, or the main one. */
export function selectedConversation({ loaded, cursors, query }: PanelState): ConversationChoice {
  const row = rowAt(loaded, cursors.requests.selected);
  return {
    sessionId: row?.sessionId ?? query.sessionId ?? null,
    agentId: row?.purpose === 'subagent' ? row.agentId : null,
  };
}

export function selectedId({ loaded, cursors }: PanelState): string | null {
  return rowAt(loaded, cursors.requests.selected)?.id ?? null;
}

/** The current request of any view, if the view has one. */
export function currentId(state: PanelState): string | null {
  return state.view === 'request' ? state.opened : selectedId(state);
}

/** The request on the screen, if there is one. Keys such as `+` act on it. */
export function visibleId(state: PanelState): string | null {
  return !state.help && (state.view === 'requests' || state.view === 'request') ? currentId(state) : null;
}

/** The rows of the view; null where it shows text that scrolls. */
export function tableOf({ view, mcp }: PanelState): Table | null {
  switch (view) {
    case 'request':
    case 'findings':
      return null;
    case 'mcp':
      if (mcp.call !== null) return null;
      return mcp.calls === null ? 'servers' : 'calls';
    default:
      return view;
  }
}

/** A table that can be narrowed and sorted by itself. */
export type SmallTable = 'sources' | 'sessions' | 'servers' | 'calls';

export function smallTableOf(state: PanelState): SmallTable | null {
  const table = tableOf(state);
  return table === 'requests' || table === 'context' ? null : table;
}

export function showsText(state: PanelState): boolean {
  return state.help || tableOf(state) === null;
}
