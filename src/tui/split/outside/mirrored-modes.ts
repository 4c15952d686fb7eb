import { type ChildModes, PLAIN_MODES } from '../child/child-modes.js';

export interface Mirror {
  /** @returns the sequences that bring the terminal outside into these modes */
  follow(modes: ChildModes): string;
  /** The sequences that would restore its own modes. */
  undoing(): string;
}

const KEYBOARD_PUSH = '\x1b[>0u';
const KEYBOARD_POP = '\x1b[<u';

/**
 * Keeps the terminal outside in the modes that the child set on its own terminal. Following `PLAIN_MODES` undoes them.
 * @param knowsKitty whether the terminal has the kitty keyboard protocol; called each time, as its answer may be late
 * @param isXtermLike other terminals have only the keys of a VT100
 */
export function createMirror(knowsKitty: () => boolean, isXtermLike = true): Mirror {
  let now = PLAIN_MODES;
  return {
    follow(modes) {
      const possible = isXtermLike ? modes : keysOf(modes);
      const wanted = knowsKitty() ? possible : { ...possible, kittyKeyboard: 0 };
      const sequence = difference(now, wanted);
      now = wanted;
      return sequence;
    },
    undoing: () => difference(now, PLAIN_MODES),
  };
}

function keysOf({ applicationCursor, applicationKeypad }: ChildModes): ChildModes {
  return { ...PLAIN_MODES, applicationCursor, applicationKeypad };
}

function difference(from: ChildModes, to: ChildModes): string {
  let sequence = '';
  if (from.applicationCursor !== to.applicationCursor) sequence += set(1, to.applicationCursor);
  if (from.applicationKeypad !== to.applicationKeypad) sequence += to.applicationKeypad ? '\x1b=' : '\x1b>';
  if (from.bracketedPaste !== to.bracketedPaste) sequence += set(2004, to.bracketedPaste);
  if (from.focusEvents !== to.focusEvents) sequence += set(1004, to.focusEvents);
  if (from.mouse !== to.mouse) {
    if (from.mouse) sequence += set(from.mouse, false);
    if (to.mouse) sequence += set(to.mouse, true);
    // Always in the form `CSI < …`: no other one has columns beyond 223.
    if (!from.mouse || !to.mouse) sequence += set(1006, to.mouse !== 0);
  }
  if (from.modifyOtherKeys !== to.modifyOtherKeys) sequence += `\x1b[>4;${to.modifyOtherKeys}m`;
  if (from.cursorColour !== to.cursorColour) {
    sequence += to.cursorColour === '' ? '\x1b]112\x07' : `\x1b]12;${to.cursorColour}\x07`;
  }
  return sequence + keyboard(from.kittyKeyboard, to.kittyKeyboard);
}

/** Uses an entry of its own on the terminal's stack, so that the earlier flags are restored afterwards. */
function keyboard(from: number, to: number): string {
  if (from === to) return '';
  if (to === 0) return KEYBOARD_POP;
  return `${from === 0 ? KEYBOARD_PUSH : ''}\x1b[=${to};1u`;
}

function set(mode: number, on: boolean): string {
  return `\x1b[?${mode}${on ? 'h' : 'l'}`;
}
