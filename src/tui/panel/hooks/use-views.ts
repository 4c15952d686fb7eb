import { useMemo, useRef } from 'react';
import { type Advice, advise } from '../../../advice/index.js';
import { readEvidence } from '../../../advice/read-evidence.js';
import { ATTRIBUTION_VERSION, type PriceOverrides } from '../../../attribution/index.js';
import { type McpCallWithResult, readMcpCall } from '../../../history/mcp-call.js';
import type { SessionSummary } from '../../../model/session.js';
import type { Source } from '../../../model/source.js';
import type { Funnel, OutcomeCount, RequestTotals, Stats, Turn } from '../../../store/index.js';
import type { PanelData } from '../data/panel-data.js';
import { type ContextGrowth, readContext } from '../data/read-context.js';
import { readHead } from '../data/read-head.js';
import { type McpCalls, type McpOverview, readCalls, readMcp } from '../data/read-mcp.js';
import { readSection, type SectionText } from '../data/read-section.js';
import { readSelected, type SelectedRequest } from '../data/read-selected.js';
import type { HeadFacts } from '../lines/head.js';
import { arrangedCalls, arrangedSessions, arrangedSources } from '../state/arrange.js';
import { rowAt } from '../state/loaded-rows.js';
import { currentId, filterOf, isFiltered, type PanelState, tableOf } from '../state/state.js';
import { type Deferred, useDeferred } from './use-deferred.js';
import { useTurns } from './use-turns.js';

/** The view lists the sessions that were seen last. */
const MAX_SESSIONS = 1_000;

/** The data of all views except the list of requests. Only what is on the screen is read. */
export interface Views {
  selected: Deferred<SelectedRequest>;
  /** How sources were used in the session of the selected request. */
  funnels: Deferred<ReadonlyMap<Source, Funnel>>;
  /** Null until it is known. */
  head: HeadFacts | null;
  section: Deferred<SectionText>;
  /** Turns of the requests on the screen. */
  turns: ReadonlyMap<string, Turn>;
  sources: Deferred<Stats>;
  sessions: Deferred<readonly SessionSummary[]>;
  advice: Deferred<Advice>;
  /** MCP servers and their tools. */
  servers: Deferred<McpOverview>;
  calls: Deferred<McpCalls>;
  call: Deferred<McpCallWithResult>;
  /** What each source cost, while one is chosen. */
  sourceTotals: Deferred<Stats>;
  /** How requests ended, while a status is chosen: those that match the other filters. */
  outcomes: Deferred<readonly OutcomeCount[]>;
  /** Totals of the requests that match; null without a filter. */
  totals: Deferred<RequestTotals>;
  context: Deferred<ContextGrowth>;
}

/**
 * @param sessionId the head line is about this session; undefined for the one that was used last
 * @param height rows of the view
 */
export function useViews(
  data: PanelData,
  version: number,
  state: PanelState,
  prices: PriceOverrides,
  sessionId: string | undefined,
  height: number,
): Views {
  const { view, opened, section, query, only, prompt } = state;
  const filters = JSON.stringify(filterOf(query));
  const id = currentId(state);
  const when = (shown: boolean, key: string) => (shown ? key : null);
  const selected = useDeferred(id, version, () =>
    id === null ? null : data.ask((reader) => readSelected(reader, id)),
  );
  const ofSession = selectedSession(state);
  const funnels = useDeferred(when(ofSession !== null, `funnels ${ofSession}`), version, () =>
    ofSession === null ? null : data.ask((reader) => reader.funnels({ sessionId: ofSession })),
  );
  // A request with an answer does not change any more.
  const isOpen = selected.value !== null && selected.value.request.response === null;
  const head = useDeferred(`head ${sessionId}`, version, () => data.ask((reader) => readHead(reader, sessionId)));
  // Until the next head is read, the last one stays.
  const lastHead = useRef<HeadFacts | null>(null);
  lastHead.current = head.value ?? lastHead.current;
  const sources = useDeferred(
    when(view === 'sources', `sources ${query.sessionId} ${state.sources.sort}`),
    version,
    () =>
      data.ask((reader) => reader.stats({ sessionId: query.sessionId }, { by: 'source', sort: state.sources.sort })),
  );
  const sessions = useDeferred(when(view === 'sessions', 'sessions'), version, () =>
    data.ask((reader): readonly SessionSummary[] => reader.sessions({}, { limit: MAX_SESSIONS }).rows),
  );
  const context = useContextGrowth(data, version, state, height);
  const calls = useCalls(data, version, state);
  return {
    selected,
    funnels,
    turns: useTurns(data, version, state),
    head: lastHead.current,
    section: useDeferred(
      when(view === 'request' && opened !== null, `${opened} ${section} ${JSON.stringify(only)}`),
      isOpen ? version : 0,
      () => (opened === null ? null : data.ask((reader) => readSection(reader, opened, { section, only, prices }))),
    ),
    sources: useMemo(() => mapped(sources, (stats) => arrangedSources(stats, state.sources)), [sources, state.sources]),
    sessions: useMemo(
      () => mapped(sessions, (rows) => arrangedSessions(rows, state.sessions)),
      [sessions, state.sessions],
    ),
    context,
    servers: useDeferred(when(tableOf(state) === 'servers', `servers ${query.sessionId}`), version, () =>
      data.ask((reader) => readMcp(reader, query.sessionId)),
    ),
    calls: useMemo(
      () => mapped(calls, ({ rows, total }) => ({ rows: arrangedCalls(rows, state.calls), total })),
      [calls, state.calls],
    ),
    call: useCall(data, version, state, prices),
    advice: useDeferred(when(view === 'findings', `findings ${query.sessionId}`), version, () =>
      data.ask((reader) => advise(readEvidence(reader, { version: ATTRIBUTION_VERSION, sessionId: query.sessionId }))),
    ),
    sourceTotals: useDeferred(when(prompt?.kind === 'source', `totals ${query.sessionId}`), version, () =>
      data.ask((reader) => reader.stats({ sessionId: query.sessionId }, { by: 'source' })),
    ),
    outcomes: useDeferred(when(prompt?.kind === 'status', `outcomes ${filters}`), version, () =>
      data.ask((reader): readonly OutcomeCount[] => reader.outcomes({ ...filterOf(query), status: undefined })),
    ),
    totals: useDeferred(when(isFiltered(query), `totals ${filters}`), version, () =>
      data.ask((reader) => reader.totals(filterOf(query))),
    ),
  };
}

function useCalls(data: PanelData, version: number, state: PanelState): Deferred<McpCalls> {
  const { calls } = state.mcp;
  const { sessionId } = state.query;
  const key = tableOf(state) === 'calls' ? `calls ${sessionId} ${JSON.stringify(calls)}` : null;
  return useDeferred(key, version, () => calls && data.ask((reader) => readCalls(reader, calls, sessionId)));
}

/** Read again until it is known what the model got. */
function useCall(
  data: PanelData,
  version: number,
  { view, mcp: { call } }: PanelState,
  prices: PriceOverrides,
): Deferred<McpCallWithResult> {
  const isDone = useRef<string | null>(null);
  const key = view === 'mcp' && call !== null ? `call ${call}` : null;
  const read = useDeferred(key, isDone.current === key ? 0 : version, () =>
    call === null ? null : data.ask((reader) => readMcpCall(reader, call, prices)),
  );
  isDone.current = read.value !== null && read.value.call.delivery !== null ? key : null;
  return read;
}

/** Rows after which the points around the screen are read again. */
const CONTEXT_STEP = 25;

/** Read while the view is shown. The last points stay until those of the next rows are read. */
function useContextGrowth(
  data: PanelData,
  version: number,
  { view, conversation, cursors }: PanelState,
  height: number,
): Deferred<ContextGrowth> {
  const { sessionId, agentId } = conversation;
  const name = `context ${sessionId} ${agentId}`;
  const step = Math.floor(cursors.context.top / CONTEXT_STEP);
  const read = useDeferred(view === 'context' ? `${name} ${step} ${height}` : null, version, () =>
    data.ask((reader) => readContext(reader, conversation, step * CONTEXT_STEP, height)),
  );
  const last = useRef<{ name: string; value: ContextGrowth } | null>(null);
  if (read.value !== null) last.current = { name, value: read.value };
  if (read.value !== null || read.error !== null || last.current?.name !== name) return read;
  return { ...read, value: last.current.value };
}

/** Session of the request that is selected in the list. */
function selectedSession({ loaded, cursors }: PanelState): string | null {
  return rowAt(loaded, cursors.requests.selected)?.sessionId ?? null;
}

function mapped<Value>(deferred: Deferred<Value>, change: (value: Value) => Value): Deferred<Value> {
  return deferred.value === null ? deferred : { ...deferred, value: change(deferred.value) };
}
