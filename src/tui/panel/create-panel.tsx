import { EventEmitter } from 'node:events';
import type { PriceOverrides } from '../../attribution/index.js';
import { type Budgets, NO_BUDGETS } from '../../model/budget.js';
import { summarizeCacheMiss } from '../../text/cache-miss.js';
import { truncate } from '../../text/fit.js';
import { textOf } from '../../text/line.js';
import { explainError } from '../../text/store-error.js';
import type { Size } from '../split/layout.js';
import type { Panel as PanelContract, PanelFocus, PanelHost, PanelMouse } from '../split/panel.js';
import type { PanelData } from './data/panel-data.js';
import { rated, resumeOldest, undone } from './hooks/commands.js';
import { createInkTree } from './ink-tree.js';
import { type HeadFacts, NOTHING_KNOWN, statusLine } from './lines/head.js';
import { noticeLine } from './lines/notice.js';
import { Panel } from './Panel.js';
import type { Notice } from './state/state.js';
import type { ThemeName } from './theme.js';

export interface PanelOptions {
  /** Closed with the panel. */
  data: PanelData;
  prices: PriceOverrides;
  budgets?: Budgets | undefined;
  theme: ThemeName;
  /** The key that gives the keyboard to the panel, as people write it; none where there is no child. */
  prefix?: string | undefined;
  /**
   * The keys that lead to the command in another pane, and back, as people write them; none where there is no such
   * pane.
   */
  paneKeys?: string | undefined;
  /** Shows only requests of this session at first. */
  sessionId?: string | undefined;
}

/** Keys after the prefix. They rate the last answer of a main conversation, as `claude-trace rate last` does. */
const RATINGS: Readonly<Record<string, number>> = { '+': 1, '=': 1, '-': -1, '0': 0 };

const ANNOUNCEMENT_MS = 5_000;

/** A recent cache miss that costs at least this much is announced, for longer than the result of a key. */
const NEWS_MS = 10 * 60_000;
const MIN_LOSS_USD = 0.01;
const MISS_MS = 20_000;

export interface ThemedPanel extends PanelContract {
  /** The terminal has reported its background. */
  setTheme(theme: ThemeName): void;
}

/** The panel as frames, for the split pane beside a child, and alone on a terminal. */
export function createPanel(options: PanelOptions): ThemedPanel {
  const { data, prices, budgets = NO_BUDGETS, theme, prefix = '', paneKeys, sessionId } = options;
  const listeners = new Set<() => void>();
  const ink = createInkTree(changed);
  const mouse = new EventEmitter<{ mouse: [PanelMouse] }>();
  let currentTheme = theme;
  let rows: readonly string[] = [];
  let size: Size | null = null;
  let host: PanelHost | null = null;
  let announcement: Notice | null = null;
  let head: HeadFacts = NOTHING_KNOWN;
  let focus: PanelFocus = 'panel';
  let announcementTimer: NodeJS.Timeout | undefined;

  function changed(): void {
    for (const listener of listeners) listener();
  }

  const forwarded: PanelHost = {
    leave: () => host?.leave(),
    zoom: () => host?.zoom(),
    resize: (steps) => host?.resize(steps),
    copy: (text) => host?.copy(text),
    lend: async (use) => host?.lend(use),
  };

  function onHead(facts: HeadFacts): void {
    const isNews = facts.miss?.id !== head.miss?.id;
    head = facts;
    if (isNews) announceMiss(facts.miss);
    changed();
  }

  function onFrame(frame: readonly string[]): void {
    rows = frame;
    changed();
  }

  function draw(): void {
    if (size === null) return;
    ink.show(
      <Panel
        data={data}
        prices={prices}
        budgets={budgets}
        theme={currentTheme}
        size={size}
        host={forwarded}
        mouse={mouse}
        focus={focus}
        prefix={prefix}
        paneKeys={paneKeys}
        sessionId={sessionId}
        announcement={announcement}
        onHead={onHead}
        onFrame={onFrame}
      />,
    );
  }

  function announceMiss(miss: HeadFacts['miss']): void {
    if (miss === null || (miss.lostUsd ?? 0) < MIN_LOSS_USD) return;
    if (Date.now() - miss.at.getTime() > NEWS_MS) return;
    announce({ tone: 'warn', text: summarizeCacheMiss(miss) }, MISS_MS);
  }

  function announce(notice: Notice | null, ms = ANNOUNCEMENT_MS): void {
    clearTimeout(announcementTimer);
    announcement = notice;
    if (notice !== null) announcementTimer = setTimeout(() => announce(null), ms).unref();
    draw();
  }

  function announceDone(work: () => Notice): void {
    try {
      announce(work());
      data.changed();
    } catch (error) {
      announce({ tone: 'bad', text: explainError(error) });
    }
  }

  return {
    setTheme(wanted) {
      if (wanted === currentTheme) return;
      currentTheme = wanted;
      draw();
    },
    attach(to) {
      host = to;
    },
    resize(width, height) {
      size = { width, height };
      draw();
    },
    frame() {
      ink.throwFailure();
      return rows;
    },
    statusRow(width) {
      const line =
        announcement === null ? statusLine(head, width, new Date()) : noticeLine(announcement, focus, prefix, width);
      return truncate(textOf(line), width);
    },
    onFrame(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onInput: (bytes) => ink.press(bytes),
    onMouse: (event) => void mouse.emit('mouse', event),
    onPrefixed(key) {
      const rating = RATINGS[key];
      if (rating !== undefined) announceDone(() => rated(data.rater.rate('last', rating)));
      else if (key === 'u') announceDone(() => undone(data.rater.undo()));
      else if (key === 'r') announce(resumeOldest(data.held));
      else return false;
      return true;
    },
    onFocus(to) {
      focus = to;
      draw();
    },
    close() {
      listeners.clear();
      clearTimeout(announcementTimer);
      ink.close();
      data.close();
    },
  };
}
