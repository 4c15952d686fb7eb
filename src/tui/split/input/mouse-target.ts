import type { Child } from '../child/child.js';
import type { Rect, WantedShares } from '../layout.js';
import type { Panel } from '../panel.js';
import type { Stage } from '../stage.js';
import type { Keyboard } from './input-router.js';
import {
  isMovement,
  isOn,
  isPress,
  isTracked,
  type MouseReport,
  mouseForChild,
  mouseForPanel,
  wheelOf,
} from './mouse.js';

export interface MouseTargetParts {
  panel: Pick<Panel, 'onMouse'>;
  child: Pick<Child, 'screen' | 'type'>;
  stage: Pick<Stage, 'places' | 'request' | 'moveBorder'>;
  /** The border has been dragged. */
  onShared(share: WantedShares): void;
  keyboard(): Keyboard;
  give(keyboard: Keyboard): void;
}

type Part = 'child' | 'panel' | 'divider';

/** Lines of one step of the wheel, as in most terminals. */
const WHEEL_LINES = 3;

/**
 * Hands reports to what is under the pointer. A press gives the keyboard to its pane, and the border can be dragged. The
 * child gets the reports that it asked for; if it asked for none, the wheel scrolls its output back.
 */
export function createMouseTarget(parts: MouseTargetParts): (report: MouseReport) => void {
  const { panel, child, stage, keyboard, give, onShared } = parts;
  const { screen } = child;
  /** Where a button is held down. */
  let held: Part | null = null;
  let dragged: WantedShares | null = null;

  function partAt(report: MouseReport): Part | null {
    const places = stage.places();
    const found = (['child', 'panel', 'divider'] as const).find((part) => {
      const rect = places[part];
      return rect !== null && isOn(rect, report);
    });
    return found ?? null;
  }

  function toChild(report: MouseReport, rect: Rect): void {
    const { mouse, mouseEncoding, applicationCursor } = screen.modes();
    const wheel = wheelOf(report);
    if (mouse !== 0) {
      const bytes = isTracked(report, mouse) ? mouseForChild(report, rect, mouseEncoding) : null;
      if (bytes) child.type(bytes);
    } else if (wheel !== null && screen.isAlternate()) {
      // As terminals do for full-screen programs that know no mouse.
      const arrow = `\x1b${applicationCursor ? 'O' : '['}${wheel === 'wheelUp' ? 'A' : 'B'}`;
      child.type(arrow.repeat(WHEEL_LINES));
    } else if (wheel !== null) scrollBack(wheel === 'wheelUp' ? -WHEEL_LINES : WHEEL_LINES);
  }

  /** The keyboard stays where it is, and the next key for the child returns to the end: turning the wheel selects no mode. */
  function scrollBack(lines: number): void {
    screen.scroll(lines);
    if (keyboard() === 'scroll' && screen.scrolledBack() === 0) give('child');
    stage.request();
  }

  /** The share is kept when the button is released. */
  function drag(report: MouseReport): void {
    if (isMovement(report)) dragged = stage.moveBorder({ to: report });
    if (!report.released || dragged === null) return;
    onShared(dragged);
    dragged = null;
  }

  return (report) => {
    const { child: childRect, panel: panelRect } = stage.places();
    const part = partAt(report);
    if (isPress(report)) {
      held = part;
      // What was scrolled back stays in sight.
      if (part === 'panel' || (part === 'child' && keyboard() !== 'scroll')) give(part);
    }
    // A drag and its end belong to where it began.
    const target = report.released || isMovement(report) ? (held ?? part) : part;
    if (target === 'divider') drag(report);
    if (report.released) held = null;
    if (target === 'child' && childRect) toChild(report, childRect);
    if (target !== 'panel' || !panelRect) return;
    const event = mouseForPanel(report, panelRect);
    if (event) panel.onMouse(event);
  };
}
