import { type Instance, render } from 'ink';
import type { PriceOverrides } from '../../attribution/index.js';
import { truncate } from '../../text/fit.js';
import { explainError } from '../../text/store-error.js';
import type { Panel as PanelContract, PanelFocus, PanelHost } from '../split/panel.js';
import { Panel } from './components/Panel.js';
import type { PanelData } from './data/panel-data.js';
import { rated, undone } from './hooks/commands.js';
import { type HeadFacts, headLine, NOTHING_KNOWN } from './lines/head.js';
import { noticeLine } from './lines/notice.js';
import { rowsOf } from './painted.js';
import type { Size } from './state/layout.js';
import type { Notice } from './state/state.js';
import type { ThemeName } from './theme.js';
import { createVirtualTerminal } from './virtual-terminal.js';

export interface PanelOptions {
  /** Closed with the panel. */
  data: PanelData;
  prices: PriceOverrides;
  theme: ThemeName;
  /** The key that brings the keyboard here from a child, as people write it; none where there is no child. */
  prefix?: string | undefined;
  /** The keys that lead to the command in another pane, and back, as people write them; none where there is no such pane. */
  paneKeys?: string | undefined;
  /** Only requests of this session, at first. */
  sessionId?: string | undefined;
}

/** Keys after the prefix that rate the last answer of a main conversation, as `claude-trace rate last` does. */
const RATINGS: Readonly<Record<string, number>> = { '+': 1, '=': 1, '-': -1, '0': 0 };

/** Long enough to be read. */
const ANNOUNCED_MS = 5_000;

export interface ThemedPanel extends PanelContract {
  /** The terminal turned out to be lighter or darker than it was taken for. */
  setTheme(theme: ThemeName): void;
}

/** The panel as frames of a virtual terminal: for the split pane beside a child, and alone on a terminal. */
export function createPanel({ data, prices, theme, prefix = '', paneKeys, sessionId }: PanelOptions): ThemedPanel {
  const listeners = new Set<() => void>();
  let look = theme;
  let rows: readonly string[] = [];
  let size: Size | null = null;
  let host: PanelHost | null = null;
  let ink: Instance | null = null;
  let announcement: Notice | null = null;
  let head: HeadFacts = NOTHING_KNOWN;
  let focus: PanelFocus = 'panel';
  let failure: unknown = null;
  let silence: NodeJS.Timeout | undefined;

  const terminal = createVirtualTerminal((frame) => {
    // What unmounting leaves is not for anybody.
    if (frame === '' || frame === '\n') return;
    rows = rowsOf(frame).slice(0, size?.rows);
    changed();
  });

  function changed(): void {
    for (const listener of listeners) listener();
  }

  const forwarded: PanelHost = {
    leave: () => host?.leave(),
    zoom: () => host?.zoom(),
    copy: (text) => host?.copy(text),
    lend: async (use) => host?.lend(use),
  };

  function onHead(facts: HeadFacts): void {
    head = facts;
    changed();
  }

  function draw(): void {
    if (size === null) return;
    const tree = (
      <Panel
        data={data}
        prices={prices}
        theme={look}
        size={size}
        host={forwarded}
        focus={focus}
        prefix={prefix}
        paneKeys={paneKeys}
        sessionId={sessionId}
        announcement={announcement}
        onHead={onHead}
      />
    );
    if (ink !== null) {
      ink.rerender(tree);
      return;
    }
    const { stdin, stdout } = terminal;
    ink = render(tree, { stdin, stdout, stderr: stdout, debug: true, exitOnCtrlC: false, patchConsole: false });
    ink.waitUntilExit().catch((error: unknown) => {
      // Ink draws errors and ends. Whoever shows the panel gets it with the next frame.
      failure = error;
      changed();
    });
  }

  /** Nobody may press a key here to take it away. */
  function announce(notice: Notice | null): void {
    clearTimeout(silence);
    announcement = notice;
    if (notice !== null) silence = setTimeout(() => announce(null), ANNOUNCED_MS).unref();
    draw();
  }

  /** Done without leaving the child. */
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
      if (wanted === look) return;
      look = wanted;
      draw();
    },
    attach(to) {
      host = to;
    },
    resize(columns, rows) {
      size = { columns, rows };
      draw();
    },
    frame() {
      if (failure !== null) throw failure;
      return rows;
    },
    statusRow(width) {
      const line = announcement === null ? headLine(head, width) : noticeLine(announcement, focus, prefix, width);
      return truncate(line.map((run) => run.text).join(''), width);
    },
    onFrame(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onInput: (bytes) => terminal.press(bytes),
    onPrefixed(key) {
      const rating = RATINGS[key];
      if (rating !== undefined) announceDone(() => rated(data.rater.rate('last', rating)));
      else if (key === 'u') announceDone(() => undone(data.rater.undo()));
      else return false;
      return true;
    },
    onFocus(to) {
      focus = to;
      draw();
    },
    close() {
      listeners.clear();
      clearTimeout(silence);
      ink?.unmount();
      data.close();
    },
  };
}
