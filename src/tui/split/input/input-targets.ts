import type { Child } from '../child/child.js';
import type { Panel } from '../panel.js';
import type { Stage } from '../stage.js';
import { hasChildKeyboard, type InputTargets, type Keyboard } from './input-router.js';
import { isOn, isPress, mouseForChild } from './mouse.js';
import { scrollByKey } from './scroll-back.js';

export interface InputTargetParts {
  panel: Panel;
  child: Child;
  stage: Pick<Stage, 'childPlace' | 'toggle' | 'request'>;
  reply(sequence: string): boolean;
  endScroll(): void;
  keyboardMoved(keyboard: Keyboard): void;
}

const FOCUS_IN = '\x1b[I';
const FOCUS_OUT = '\x1b[O';

/** Handles input after the router has decided whom it is for. */
export function createInputTargets(parts: InputTargetParts): InputTargets {
  const { panel, child, stage } = parts;
  const { screen } = child;
  let childFocused = true;
  let pressedOnChild = false;

  /** For a child that asked for focus events, the keyboard moving to the panel counts as losing the focus. */
  function tellFocus(focused: boolean): void {
    if (focused === childFocused) return;
    childFocused = focused;
    if (screen.modes().focusEvents) child.type(focused ? FOCUS_IN : FOCUS_OUT);
  }

  return {
    child(bytes) {
      screen.expectEcho();
      child.type(bytes);
    },
    panel: (bytes) => panel.onInput(bytes),
    scroll(bytes) {
      const height = stage.childPlace()?.height ?? 1;
      const keys = bytes[0] === 0x1b ? [bytes.toString('latin1')] : bytes.toString();
      for (const key of keys) {
        if (!scrollByKey(key, screen, height)) return parts.endScroll();
      }
      stage.request();
    },
    mouse(report) {
      const rect = stage.childPlace();
      if (!rect) return;
      if (isPress(report)) pressedOnChild = isOn(rect, report);
      // The release of a button that was pressed on the panel.
      if (report.released && !pressedOnChild) return;
      const bytes = mouseForChild(report, rect, screen.modes().mouseEncoding);
      if (bytes) child.type(bytes);
    },
    reply: parts.reply,
    prefixed(key) {
      switch (key) {
        case 'z':
          stage.toggle('child');
          return 'child';
        case 'h':
          stage.toggle('hidden');
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
