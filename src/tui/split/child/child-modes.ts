/**
 * The modes that the child set on its terminal and that the terminal outside must have too: those of input and of the
 * cursor.
 */
export interface ChildModes {
  /** DECCKM: arrows are sent as SS3. */
  applicationCursor: boolean;
  applicationKeypad: boolean;
  bracketedPaste: boolean;
  /** The terminal reports when it gets and loses the focus. */
  focusEvents: boolean;
  mouse: MouseTracking;
  mouseEncoding: MouseEncoding;
  /** Bits of the kitty keyboard protocol; 0 is the legacy encoding. */
  kittyKeyboard: number;
  /** XTMODKEYS resource 4: 0 off, 1 or 2. */
  modifyOtherKeys: number;
  /** OSC 12, as XParseColor(3) reads it; empty for the terminal's own. */
  cursorColour: string;
}

/** The number of the private mode: none, presses, presses and releases, drags too, every movement. */
export type MouseTracking = 0 | 9 | 1000 | 1002 | 1003;

/** The form of mouse reports: three bytes, `CSI < … M`, or `CSI … M`. */
export type MouseEncoding = 'bytes' | 'sgr' | 'urxvt';

/** The modes of a terminal that was just switched on. */
export const PLAIN_MODES: ChildModes = {
  applicationCursor: false,
  applicationKeypad: false,
  bracketedPaste: false,
  focusEvents: false,
  mouse: 0,
  mouseEncoding: 'bytes',
  kittyKeyboard: 0,
  modifyOtherKeys: 0,
  cursorColour: '',
};

/** While the panel has the keyboard. Pasted text must not count as keys. */
export const PANEL_MODES: ChildModes = { ...PLAIN_MODES, bracketedPaste: true };

/** Adds reports of presses, the wheel and drags, which the panes need, to the modes. */
export function withMouse(modes: ChildModes): ChildModes {
  return modes.mouse === 1003 ? modes : { ...modes, mouse: 1002 };
}
