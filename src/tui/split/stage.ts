import { createCompositor, type DrawingAbilities, type Picture } from './draw/compositor.js';
import { dividerRow, noteRow } from './draw/ornaments.js';
import type { Screen } from './emulator/screen.js';
import { createFrameClock } from './frame-clock.js';
import type { Keyboard } from './input-router.js';
import { type Layout, layOut, type Rect, type Size, type View } from './layout.js';
import type { OuterTerminal } from './outside/outer-terminal.js';
import type { TerminalKind } from './outside/terminal-kind.js';
import type { Panel } from './panel.js';

export interface StageParts {
  terminal: OuterTerminal;
  kind: TerminalKind;
  can: Readonly<DrawingAbilities>;
  screen: Screen;
  panel: Panel;
  keyboard(): Keyboard;
  /** What the key behind the prefix key may be. */
  armedKeys: string;
  /** The child's terminal has a new size. */
  onChildSize(size: Size): void;
}

/** What stands on the terminal: who is where, and when it is painted. */
export interface Stage {
  /** Where the child stands; null while the panel fills the terminal. */
  child(): Rect | null;
  /** Shows this; when it is shown already, both again. */
  toggle(view: Exclude<View, 'both'>): void;
  /** The keyboard has another owner. */
  arrange(): void;
  /** The terminal has another size, or somebody else has drawn on it. */
  resized(): void;
  /** Something on it has changed. */
  request(): void;
  /** The child's screen is whole right now. */
  wholeFrame(): void;
  /** The panel failed: the child has all of the terminal. */
  removePanel(): void;
  stop(): void;
}

export function createStage(parts: StageParts): Stage {
  const { terminal, screen, panel, keyboard, armedKeys, onChildSize } = parts;
  const compositor = createCompositor(parts.kind, parts.can);
  const clock = createFrameClock(paint, screen.isUpdating);
  let hasPanel = true;
  let view: View = 'both';
  let layout = layOut(terminal.size(), view);
  let childSize = layout.childSize;
  let panelSize: Size | null = null;

  function paint(): void {
    // A terminal that does not keep up gets the latest frame when it does, and none in between.
    if (terminal.isEntered() && terminal.isReady()) terminal.write(compositor.update(picture()));
  }

  function picture(): Picture {
    const { child, panel: panelRect, divider, bar } = layout;
    const owner = keyboard();
    return {
      child: screen.draw,
      panel: panelRect ? panel.frame() : [],
      divider: divider ? dividerRow(divider, owner) : '',
      bar: bar === null ? '' : panel.statusRow(terminal.size().width),
      note: child ? noteRow(owner, armedKeys, screen.scrolledBack(), child.width) : null,
      cursor: child && owner === 'child' ? screen.cursor() : null,
    };
  }

  /** With the keyboard the panel comes into sight, whatever it takes. */
  function wantedLayout(): Layout {
    const size = terminal.size();
    const wanted = layOut(size, hasPanel ? view : 'child');
    if (!hasPanel || keyboard() !== 'panel' || wanted.panel) return wanted;
    const both = layOut(size, 'both');
    return both.panel ? both : layOut(size, 'panel');
  }

  function arrange(): void {
    // Without the keyboard nobody could bring the child back.
    if (view === 'panel' && keyboard() !== 'panel') view = 'both';
    const next = wantedLayout();
    if (JSON.stringify(next) === JSON.stringify(layout)) clock.request();
    else use(next);
  }

  function use(next: Layout): void {
    layout = next;
    resizeParts();
    compositor.reset(terminal.size(), layout);
    clock.request();
  }

  function resizeParts(): void {
    if (!same(layout.childSize, childSize)) {
      childSize = layout.childSize;
      onChildSize(childSize);
    }
    // A panel that has no place yet must have a size all the same, to know what its status row says.
    const wanted = layout.panel ?? panelSize ?? terminal.size();
    if (!same(wanted, panelSize)) {
      panelSize = { width: wanted.width, height: wanted.height };
      panel.resize(wanted.width, wanted.height);
    }
  }

  return {
    child: () => layout.child,
    toggle(wanted) {
      view = view === wanted ? 'both' : wanted;
      arrange();
    },
    arrange,
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
