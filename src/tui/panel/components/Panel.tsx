import { Box, useInput } from 'ink';
import { useEffect } from 'react';
import type { PriceOverrides } from '../../../attribution/index.js';
import type { PanelFocus, PanelHost } from '../../split/panel.js';
import type { PanelData } from '../data/panel-data.js';
import { extentOf } from '../hooks/extent-of.js';
import { useClock } from '../hooks/use-clock.js';
import { useCommands } from '../hooks/use-commands.js';
import { useFollowEnd } from '../hooks/use-follow-end.js';
import { useGrowing } from '../hooks/use-growing.js';
import { usePanelState } from '../hooks/use-panel-state.js';
import { useRequestList } from '../hooks/use-request-list.js';
import { useText } from '../hooks/use-text.js';
import { useVersion } from '../hooks/use-version.js';
import { useViews, type Views } from '../hooks/use-views.js';
import { type HeadFacts, headLine, NOTHING_KNOWN } from '../lines/head.js';
import { isComing } from '../lines/request-columns.js';
import { requestsLayout, type Size } from '../state/layout.js';
import type { Notice } from '../state/state.js';
import { THEMES, type ThemeName } from '../theme.js';
import { Foot } from './Foot.js';
import { Lines } from './Lines.js';
import { Tabs } from './Tabs.js';
import { ThemeContext } from './theme-context.js';
import { ViewBody } from './ViewBody.js';

export interface PanelProps {
  data: PanelData;
  prices: PriceOverrides;
  theme: ThemeName;
  size: Size;
  host: PanelHost;
  /** Only requests of this session, at first. */
  sessionId?: string | undefined;
  /** Whether keys come here, where there is somebody else to take them. */
  focus: PanelFocus;
  /** What brings them here. */
  prefix: string;
  /** What leads to the command in another pane, and back. */
  paneKeys?: string | undefined;
  /** Something that was done elsewhere, to be told in the last row. */
  announcement: Notice | null;
  /** What the head line tells, whenever it changes. */
  onHead(facts: HeadFacts): void;
}

/** The whole panel: head, tabs, the view, and the last row. */
export function Panel({
  data,
  prices,
  theme,
  size,
  host,
  focus,
  prefix,
  paneKeys,
  sessionId,
  announcement,
  onHead,
}: PanelProps) {
  const [state, store] = usePanelState(sessionId);
  const { dispatch } = store;
  const version = useVersion(data);
  const toEnd = useRequestList(data, version, state, requestsLayout(size).list.rows - 1, dispatch);
  const views = useViews(data, version, state, prices, focus === 'none');
  const growing = useGrowing(data.growing, state);
  const text = useText(state, views, growing, size.columns);
  const extent = extentOf(state, size, views, text);
  const now = useClock(state.stretch.rows.some(isComing));
  const head = views.head ?? NOTHING_KNOWN;

  useInput(useCommands({ data, store, size, views, text, host, hasChild: prefix !== '', toEnd }));
  const { count, height } = extent;
  useEffect(() => dispatch({ type: 'resized', extent: { count, height } }), [count, height, dispatch]);
  useFollowEnd(growing?.id ?? null, extent, dispatch);
  useEffect(() => {
    if (announcement === null) return;
    dispatch({ type: 'notice', notice: announcement });
    return () => dispatch({ type: 'notice', notice: null });
  }, [announcement, dispatch]);
  useEffect(() => onHead(head), [head, onHead]);
  // Who goes on with the child wants to see what happens there, not what was looked at last.
  useEffect(() => {
    if (focus === 'none') dispatch({ type: 'follow' });
  }, [focus, dispatch]);

  return (
    <ThemeContext.Provider value={THEMES[theme]}>
      <Box flexDirection="column">
        <Lines lines={[headLine(head, size.columns)]} width={size.columns} height={1} />
        <Tabs state={state} width={size.columns} />
        <ViewBody state={state} views={views} text={text} context={{ now, growing: data.growing.of }} size={size} />
        <Foot
          state={state}
          focus={focus}
          prefix={prefix}
          paneKeys={paneKeys}
          reading={readingOf(views)}
          width={size.columns}
        />
      </Box>
    </ThemeContext.Provider>
  );
}

/** What takes so long to read that a person should know. */
function readingOf({ section, sources, sessions, advice }: Views): string | null {
  if (section.reading) return 'the request';
  if (sources.reading) return 'sources';
  if (sessions.reading) return 'sessions';
  return advice.reading ? 'findings' : null;
}
