/** Ctrl and a character: the key that takes the keyboard from the child. */
export interface PrefixKey {
  /** For people: `Ctrl-]`. */
  name: string;
  character: string;
  /** In the encoding of all terminals. */
  byte: number;
}

/**
 * `ctrl-` and a letter or one of `]`, `\`, `^`, `_`. Not Ctrl-H, -I, -J, -M and -[, which terminals also send for Backspace,
 * Tab, a line feed, Enter and Esc.
 */
export const PREFIX_KEY = /^ctrl-[a-gkln-z\]\\^_]$/i;

/** @param text that matches `PREFIX_KEY` */
export function toPrefixKey(text: string): PrefixKey {
  const upper = text.slice('ctrl-'.length).toUpperCase();
  return { name: `Ctrl-${upper}`, character: upper.toLowerCase(), byte: upper.charCodeAt(0) & 0x1f };
}

/** A key press or release, in an encoding that an application asked for. */
export interface KeyEvent {
  /** The key's character without Ctrl, with Shift; null for keys without one. */
  key: string | null;
  ctrl: boolean;
  /** False for a release. */
  pressed: boolean;
}

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
/** Caps lock and num lock do not change which key is meant. */
const LOCKS = 64 | 128;
/** Function keys of the kitty protocol (modifiers, media, keypad …) are private characters. */
const FIRST_FUNCTION_KEY = 57_344;
const LAST_FUNCTION_KEY = 63_743;

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control sequences
const KITTY_KEY = /^\x1b\[(\d+)(?::(\d*))?(?::\d*)?(?:;(\d*)(?::(\d+))?)?(?:;[\d:]*)?u$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control sequences
const XTERM_KEY = /^\x1b\[27;(\d+);(\d+)~$/;

/**
 * Reads a character key from `CSI code:shifted ; modifiers:event u` (kitty, also xterm's formatOtherKeys) or
 * `CSI 27 ; modifiers ; code ~` (xterm's modifyOtherKeys).
 * @returns null for every other sequence
 */
export function parseKey(sequence: string): KeyEvent | null {
  const kitty = KITTY_KEY.exec(sequence);
  if (kitty) {
    const [, code, shifted, modifiers, event] = kitty;
    return keyEvent(Number(code), Number(shifted || 0), Number(modifiers || 1), event !== '3');
  }
  const [, modifiers, code] = XTERM_KEY.exec(sequence) ?? [];
  return code ? keyEvent(Number(code), 0, Number(modifiers), true) : null;
}

/** @param modifiers as sent: one more than the sum of their bits */
function keyEvent(code: number, shifted: number, modifiers: number, pressed: boolean): KeyEvent {
  const held = (modifiers - 1) & ~LOCKS;
  const character = held & SHIFT && shifted ? shifted : code;
  const none = character > 0x10ffff || (character >= FIRST_FUNCTION_KEY && character <= LAST_FUNCTION_KEY);
  return {
    key: none || held & ALT ? null : String.fromCodePoint(character),
    ctrl: (held & CTRL) !== 0,
    pressed,
  };
}

export function isPrefix({ key, ctrl }: KeyEvent, prefix: PrefixKey): boolean {
  return ctrl && key === prefix.character;
}
