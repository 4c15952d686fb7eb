import type { RequestFilter, RequestSort } from '../../../store/index.js';
import { AT_TOP, type Cursor } from './cursor.js';
import { type LoadedRows, NOTHING_LOADED, rowAt } from './loaded-rows.js';
import type { Prompt } from './prompt.js';

export const VIEWS = ['requests', 'request', 'sources', 'sessions', 'findings'] as const;
export type View = (typeof VIEWS)[number];

/** Views with rows to choose from; `request` and `findings` are text that scrolls, as is the help. */
export type TableView = 'requests' | 'sources' | 'sessions';

/** What one request is made of, a screen each. */
export const SECTIONS = ['segments', 'response', 'diff', 'headers', 'times'] as const;
export type Section = (typeof SECTIONS)[number];

/** Statuses that `f` goes through. */
export const STATUSES = ['all', 'error', 'open', 'aborted', 'cut_off', '4xx', '5xx'] as const;
type Status = (typeof STATUSES)[number];

/** Which requests are listed, in which order. */
export interface Query {
  text?: string | undefined;
  source?: string | undefined;
  status?: Exclude<Status, 'all'> | undefined;
  sessionId?: string | undefined;
  sort: RequestSort;
}

/** Orders of sources that `o` goes through: each is a column that is shown. */
export const SOURCE_SORTS = ['cost', 'tokens', 'requests', 'rating', 'key'] as const;
export type SourceSort = (typeof SOURCE_SORTS)[number];

/** The same of sessions. */
export const SESSION_SORTS = ['last seen', 'cost', 'requests', 'input'] as const;
export type SessionSort = (typeof SESSION_SORTS)[number];

/** Which rows of a small table are shown, in which order. */
export interface Arrangement<Sort> {
  /** Rows that hold this text, in any letter case; all unless given. */
  text?: string | undefined;
  sort: Sort;
}

/** What is looked for in a text that scrolls. */
export interface Find {
  text: string;
  /** The line where it was found; null where it is not. */
  line: number | null;
}

export interface Notice {
  tone: 'good' | 'bad' | 'dim';
  text: string;
  /** A rating, which can be taken back: the hint names the key that does so where the keyboard is. */
  canUndo?: boolean;
}

/** All that the screen hangs on, but for what is read for it. */
export interface PanelState {
  view: View;
  help: boolean;
  query: Query;
  sources: Arrangement<SourceSort>;
  sessions: Arrangement<SessionSort>;
  /** In the text that is shown; null: nothing is looked for. */
  find: Find | null;
  loaded: LoadedRows;
  /** Why the requests could not be read; null when they could. */
  failure: string | null;
  cursors: Readonly<Record<TableView, Cursor>>;
  /** The request of the view `request`: it stays when newer ones arrive. Null there: the selected one, once it is read. */
  opened: string | null;
  section: Section;
  /** First line shown, of text that scrolls. */
  scroll: number;
  prompt: Prompt | null;
  notice: Notice | null;
}

export function initialState(sessionId?: string): PanelState {
  return {
    view: 'requests',
    help: false,
    query: { sort: 'time', sessionId },
    sources: { sort: 'cost' },
    sessions: { sort: 'last seen' },
    find: null,
    loaded: NOTHING_LOADED,
    failure: null,
    cursors: { requests: AT_TOP, sources: AT_TOP, sessions: AT_TOP },
    opened: null,
    section: 'segments',
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

export function selectedId({ loaded, cursors }: PanelState): string | null {
  return rowAt(loaded, cursors.requests.selected)?.id ?? null;
}

/** The request that is looked at, or was before another view; null where there is none. */
export function currentId(state: PanelState): string | null {
  return state.view === 'request' ? state.opened : selectedId(state);
}

/** The request on the screen, of which keys such as `+` speak; null where none is. */
export function visibleId(state: PanelState): string | null {
  return !state.help && (state.view === 'requests' || state.view === 'request') ? currentId(state) : null;
}

/** Whether the view is text that scrolls, and no rows to choose from. */
export function showsText({ view, help }: PanelState): boolean {
  return help || view === 'request' || view === 'findings';
}
