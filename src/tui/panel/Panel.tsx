import type { EventEmitter } from 'node:events';
import { useInput } from 'ink';
import { useEffect, useLayoutEffect, useSyncExternalStore } from 'react';
import type { PriceOverrides } from '../../attribution/index.js';
import type { Budgets } from '../../model/budget.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { Line } from '../../text/line.js';
import type { Size } from '../split/layout.js';
import type { PanelFocus, PanelHost, PanelMouse } from '../split/panel.js';
import { type Band, paint } from './area.js';
import type { PanelData } from './data/panel-data.js';
import { choicesOf } from './hooks/choices.js';
import { settle } from './hooks/move.js';
import { useBudgetNotice } from './hooks/use-budget-notice.js';
import { useClock } from './hooks/use-clock.js';
import { useCommands } from './hooks/use-commands.js';
import { useFollowEnd } from './hooks/use-follow-end.js';
import { useGrowing } from './hooks/use-growing.js';
import { useHeldNotice } from './hooks/use-held-notice.js';
import { useMouse } from './hooks/use-mouse.js';
import { usePanelState } from './hooks/use-panel-state.js';
import { useRequestList } from './hooks/use-request-list.js';
import { useText } from './hooks/use-text.js';
import { useViews, type Views } from './hooks/use-views.js';
import { viewportOf } from './hooks/viewport-of.js';
import { footLines } from './lines/foot.js';
import { type HeadFacts, headLine, NOTHING_KNOWN } from './lines/head.js';
import { isComing } from './lines/request-columns.js';
import { tabAt, tabsLine } from './lines/tabs.js';
import type { Intent } from './state/intents.js';
import { viewSize } from './state/layout.js';
import { layoutOfRequests } from './state/requests-layout.js';
import type { Notice, PanelState, View } from './state/state.js';
import { THEMES, type Theme, type ThemeName } from './theme.js';
import { bodyBands } from './views/body.js';

export interface PanelProps {
  data: PanelData;
  prices: PriceOverrides;
  budgets: Budgets;
  theme: ThemeName;
  size: Size;
  host: PanelHost;
  mouse: EventEmitter<{ mouse: [PanelMouse] }>;
  /** Shows only requests of this session at first. */
  sessionId?: string | undefined;
  /** Who has the keyboard, where there is a command beside the panel. */
  focus: PanelFocus;
  /** The key that gives the keyboard to the panel; empty where there is no command. */
  prefix: string;
  /** The keys that lead to the command in another pane, and back. */
  paneKeys?: string | undefined;
  /** A notice about something that was done outside of the panel. */
  announcement: Notice | null;
  /** The facts of the head line changed. */
  onHead(facts: HeadFacts): void;
  /** The rows of each new frame. */
  onFrame(rows: readonly string[]): void;
}

/** Enough for the longest sentence on 44 columns. */
const MAX_NOTICE_ROWS = 4;

/** The whole panel. Ink reads the keys and runs the hooks; the panel paints its frames itself (`area.ts`). */
export function Panel(props: PanelProps) {
  const { data, prices, budgets, theme, size, host, mouse, focus, prefix, paneKeys, announcement, onHead, onFrame } =
    props;
  const { width } = size;
  const { scope } = data;
  const [state, store] = usePanelState(props.sessionId);
  const { dispatch } = store;
  const version = useSyncExternalStore(data.onChange, data.version);
  const held = useSyncExternalStore(data.held.onChange, data.held.all);
  const toEnd = useRequestList(data, version, state, layoutOfRequests(state, size).list.height - 1, dispatch);
  const views = useViews(data, version, state, prices, props.sessionId, viewSize(size).height);
  const growing = growingAnswer(data, state);
  useGrowing(data.growing, growing !== null);
  const text = useText(state, views, growing, width);
  const now = useClock(held.length > 0 || state.loaded.rows.some(isComing));
  const head = views.head ?? NOTHING_KNOWN;

  const commands = { data, store, size, views, text, host, hasChild: prefix !== '', toEnd };
  const choices = choicesOf(commands, state.prompt);
  const viewport = viewportOf(commands, state);
  useInput(useCommands(commands));
  const { count, height } = viewport;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another number of rows, or room for them, is a reason
  useEffect(() => settle(commands), [count, height]);
  useFollowEnd(choices === null ? growingKey(state, views, growing) : null, viewport, dispatch);
  useEffect(() => {
    if (announcement === null) return;
    dispatch({ type: 'notice', notice: announcement });
    return () => dispatch({ type: 'notice', notice: null });
  }, [announcement, dispatch]);
  useBudgetNotice(data, version, budgets, dispatch);
  useHeldNotice(held, dispatch);
  useEffect(() => onHead(head), [head, onHead]);
  // While the child has the keyboard, the list follows the newest request.
  useEffect(() => {
    if (focus === 'none') dispatch({ type: 'follow' });
  }, [focus, dispatch]);

  const row = (line: Line): Band => [{ lines: [line], width, height: 1 }];
  const foot = footLines({
    state,
    focus,
    prefix,
    paneKeys,
    totals: views.totals.value,
    reading: readingOf(views),
    width,
    maxRows: Math.max(1, Math.min(MAX_NOTICE_ROWS, size.height - 2)),
  });
  const bands: Band[] = [
    row(headLine(head, width, now)),
    [
      {
        lines: [tabsLine(state, scope, width)],
        width,
        height: 1,
        click: (x) => toTab(tabAt(state.view, scope, width, x)),
      },
    ],
    ...bodyBands(state, views, text, choices, { now, growing: data.growing.of, held }, size),
    row(foot.at(-1) ?? []),
  ];
  useMouse(mouse, commands, bands);
  useLayoutEffect(() => onFrame(painted(bands, foot, size, THEMES[theme])));
  return null;
}

/** The rows of the foot cover the last ones. */
function painted(bands: readonly Band[], foot: readonly Line[], { width, height }: Size, theme: Theme): string[] {
  const covering = paint([[{ lines: foot, width, height: foot.length }]], theme);
  return [...paint(bands, theme).slice(0, -foot.length), ...covering].slice(0, height);
}

function toTab(view: View | undefined): Intent | null {
  return view === undefined ? null : { type: 'view', view };
}

/** The answer on the screen, while it is still coming. */
function growingAnswer(data: PanelData, { view, help, section, opened }: PanelState): AnswerProgress | null {
  return view === 'request' && !help && section === 'response' && opened !== null ? data.growing.of(opened) : null;
}

/** Identifies what grows on the screen; null if nothing does. */
function growingKey(
  { view, help, conversation }: PanelState,
  { context }: Views,
  growing: AnswerProgress | null,
): string | null {
  if (view !== 'context') return growing?.id ?? null;
  return help || context.value === null ? null : JSON.stringify(conversation);
}

/** What takes noticeably long to read. */
function readingOf({ section, sources, sessions, servers, calls, call, advice, context }: Views): string | null {
  if (section.reading) return 'the request';
  if (sources.reading) return 'sources';
  if (sessions.reading) return 'sessions';
  if (servers.reading) return 'MCP servers';
  if (calls.reading) return 'calls';
  if (call.reading) return 'the call';
  if (context.reading && context.value === null) return 'the context';
  return advice.reading ? 'findings' : null;
}
