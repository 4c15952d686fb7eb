import type { Screen } from './emulator/screen.js';
import { hasChildKeyboard, type InputTargets, type Keyboard } from './input-router.js';
import type { Rect } from './layout.js';
import { isOn, isPress, mouseForChild } from './mouse.js';
import type { Panel } from './panel.js';
import { scrollByKey } from './scroll-back.js';
import type { Stage } from './stage.js';

export interface InputTargetParts {
  panel: Panel;
  screen: Screen;
  stage(): Pick<Stage, 'child' | 'toggle' | 'request'>;
  writeToChild(bytes: Buffer | string): void;
  reply(sequence: string): boolean;
  endScroll(): void;
  keyboardMoved(keyboard: Keyboard): void;
}

const FOCUS_IN = '\x1b[I';
const FOCUS_OUT = '\x1b[O';

/** What input does, once the router has found out for whom it is. */
export function createInputTargets(parts: InputTargetParts): InputTargets {
  const { panel, screen, stage, writeToChild } = parts;
  let childFocused = true;
  let pressedOnChild = false;

  /** A child that asked for focus events is told of moves inside the pane as of those outside. */
  function tellFocus(focused: boolean): void {
    if (focused === childFocused) return;
    childFocused = focused;
    if (screen.modes().focusEvents) writeToChild(focused ? FOCUS_IN : FOCUS_OUT);
  }

  return {
    child(bytes) {
      screen.expectEcho();
      writeToChild(bytes);
    },
    panel: (bytes) => panel.onInput(bytes),
    scroll(bytes) {
      const height = stage().child()?.height ?? 1;
      const keys = bytes[0] === 0x1b ? [bytes.toString('latin1')] : bytes.toString();
      for (const key of keys) {
        if (!scrollByKey(key, screen, height)) return parts.endScroll();
      }
      stage().request();
    },
    mouse(report) {
      const rect: Rect | null = stage().child();
      if (!rect) return;
      if (isPress(report)) pressedOnChild = isOn(rect, report);
      // Letting go of a button that was pressed on the panel.
      if (report.released && !pressedOnChild) return;
      const bytes = mouseForChild(report, rect, screen.modes().mouseEncoding);
      if (bytes) writeToChild(bytes);
    },
    reply: parts.reply,
    prefixed(key) {
      switch (key) {
        case 'z':
          stage().toggle('child');
          return 'child';
        case 'h':
          stage().toggle('hidden');
          return 'child';
        case '[':
          return 'scroll';
        default:
          return panel.onPrefixed(key) ? 'child' : 'panel';
      }
    },
    keyboardMoved(keyboard) {
      tellFocus(hasChildKeyboard(keyboard));
      if (keyboard !== 'scroll') screen.scrollToEnd();
      panel.onFocus(keyboard === 'panel' || keyboard === 'armed' ? keyboard : 'none');
      parts.keyboardMoved(keyboard);
    },
  };
}
