import type { Child } from '../child/child.js';
import type { WantedShares } from '../layout.js';
import type { Panel } from '../panel.js';
import type { Stage } from '../stage.js';
import { hasChildKeyboard, type InputTargets, type Keyboard } from './input-router.js';
import { createMouseTarget } from './mouse-target.js';
import { scrollByKey } from './scroll-back.js';

export interface InputTargetParts {
  panel: Panel;
  child: Child;
  stage: Pick<Stage, 'places' | 'toggle' | 'request' | 'moveBorder'>;
  /** Moves the border by some steps. */
  resize(steps: number): void;
  /** The border has been dragged. */
  onShared(share: WantedShares): void;
  reply(sequence: string): boolean;
  keyboard(): Keyboard;
  give(keyboard: Keyboard): void;
  keyboardMoved(keyboard: Keyboard): void;
}

const FOCUS_IN = '\x1b[I';
const FOCUS_OUT = '\x1b[O';

/** Handles input after the router has decided whom it is for. */
export function createInputTargets(parts: InputTargetParts): InputTargets {
  const { panel, child, stage } = parts;
  const { screen } = child;
  let childFocused = true;

  /** For a child that asked for focus events, the keyboard moving to the panel counts as losing the focus. */
  function tellFocus(focused: boolean): void {
    if (focused === childFocused) return;
    childFocused = focused;
    if (screen.modes().focusEvents) child.type(focused ? FOCUS_IN : FOCUS_OUT);
  }

  return {
    child(bytes) {
      screen.scrollToEnd();
      screen.expectEcho();
      child.type(bytes);
    },
    panel: (bytes) => panel.onInput(bytes),
    scroll(bytes) {
      const height = stage.places().child?.height ?? 1;
      const keys = bytes[0] === 0x1b ? [bytes.toString('latin1')] : bytes.toString();
      for (const key of keys) {
        if (!scrollByKey(key, screen, height)) return parts.give('child');
      }
      stage.request();
    },
    mouse: createMouseTarget(parts),
    reply: parts.reply,
    prefixed(key) {
      switch (key) {
        case 'z':
          stage.toggle('child');
          return 'child';
        case 'h':
          stage.toggle('hidden');
          return 'child';
        case '<':
          parts.resize(1);
          return 'child';
        case '>':
          parts.resize(-1);
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
