import type { Child } from './child/child.js';
import { createCompositor, type DrawingAbilities, type Picture } from './draw/compositor.js';
import { dividerRow, noteRow } from './draw/ornaments.js';
import { createFrameClock } from './frame-clock.js';
import type { Keyboard } from './input/input-router.js';
import { arrangePanes, type PaneLayout, type PaneView, type Size, shareFor, type WantedShares } from './layout.js';
import type { OuterTerminal } from './outside/outer-terminal.js';
import type { TerminalKind } from './outside/terminal-kind.js';
import type { Panel } from './panel.js';

export interface StageParts {
  terminal: OuterTerminal;
  kind: TerminalKind;
  can: Readonly<DrawingAbilities>;
  child: Pick<Child, 'screen' | 'resize'>;
  panel: Panel;
  keyboard(): Keyboard;
  /** What the user wants at the start. */
  shares: WantedShares;
  /** The keys that may follow the prefix key. */
  armedKeys: string;
}

/** Arranges child and panel on the terminal, and paints them. */
export interface Stage {
  /** Where the parts are; null for those that are not shown. */
  places(): Pick<PaneLayout, 'child' | 'panel' | 'divider'>;
  /** Switches between this view and both panes. */
  toggle(view: Exclude<PaneView, 'both'>): void;
  /** The keyboard has moved. */
  arrange(): void;
  /**
   * Moves the border between the panes as far as they allow.
   * @returns the share that the panel has now; null unless two panes are shown
   */
  moveBorder(move: { to: { x: number; y: number } } | { steps: number }): WantedShares | null;
  /** The terminal has another size, or another program has drawn on it. */
  resized(): void;
  /** Something on the terminal has changed. */
  request(): void;
  /** The child's screen is whole right now. */
  wholeFrame(): void;
  /** The panel failed: the child has all of the terminal. */
  removePanel(): void;
  stop(): void;
}

export function createStage(parts: StageParts): Stage {
  const { terminal, panel, keyboard, armedKeys } = parts;
  const { screen } = parts.child;
  const compositor = createCompositor(parts.kind, parts.can);
  const clock = createFrameClock(paint, screen.isUpdating);
  let hasPanel = true;
  let view: PaneView = 'both';
  let { shares } = parts;
  let layout = arrangePanes(terminal.size(), view, shares);
  let childSize = layout.childSize;
  let panelSize: Size | null = null;

  function paint(): void {
    // A terminal that does not keep up gets only the latest frame, when it is ready again.
    if (terminal.isEntered() && terminal.isReady()) terminal.write(compositor.update(picture()));
  }

  function picture(): Picture {
    const { child, panel: panelRect, divider, bar } = layout;
    const owner = keyboard();
    return {
      child: screen,
      panel: panelRect ? panel.frame() : [],
      divider: divider ? dividerRow(divider, owner) : '',
      bar: bar === null ? '' : panel.statusRow(terminal.size().width),
      note: child ? noteRow(owner, armedKeys, screen.scrolledBack(), child.width) : null,
      cursor: child && owner === 'child' ? screen.cursor() : null,
    };
  }

  /** A panel that has the keyboard is always shown. */
  function wantedLayout(): PaneLayout {
    const size = terminal.size();
    const wanted = arrangePanes(size, hasPanel ? view : 'child', shares);
    if (!hasPanel || keyboard() !== 'panel' || wanted.panel) return wanted;
    const both = arrangePanes(size, 'both', shares);
    return both.panel ? both : arrangePanes(size, 'panel', shares);
  }

  function arrange(): void {
    // No key could bring the child back.
    if (view === 'panel' && keyboard() !== 'panel') view = 'both';
    const next = wantedLayout();
    if (JSON.stringify(next) === JSON.stringify(layout)) clock.request();
    else use(next);
  }

  function use(next: PaneLayout): void {
    layout = next;
    resizeParts();
    compositor.reset(terminal.size(), layout);
    clock.request();
  }

  function resizeParts(): void {
    if (!same(layout.childSize, childSize)) {
      childSize = layout.childSize;
      parts.child.resize(childSize);
    }
    // A panel without a place needs a size too, as it renders the status row.
    const wanted = layout.panel ?? panelSize ?? terminal.size();
    if (!same(wanted, panelSize)) {
      panelSize = { width: wanted.width, height: wanted.height };
      panel.resize(wanted.width, wanted.height);
    }
  }

  return {
    places: () => layout,
    toggle(wanted) {
      view = view === wanted ? 'both' : wanted;
      arrange();
    },
    arrange,
    moveBorder(move) {
      const moved = shareFor(layout, terminal.size(), move);
      shares = { ...shares, ...moved };
      arrange();
      return moved;
    },
    resized: () => use(wantedLayout()),
    removePanel() {
      hasPanel = false;
      arrange();
    },
    request: clock.request,
    wholeFrame: clock.wholeFrame,
    stop: clock.stop,
  };
}

function same(one: Size, other: Size | null): boolean {
  return one.width === other?.width && one.height === other.height;
}
