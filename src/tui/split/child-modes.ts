/** What the child asked of its terminal. What of it concerns input or the cursor is asked of the terminal outside in turn. */
export interface ChildModes {
  /** DECCKM: arrows are sent as SS3. */
  applicationCursor: boolean;
  applicationKeypad: boolean;
  bracketedPaste: boolean;
  /** The terminal tells when it gets and loses the focus. */
  focusEvents: boolean;
  mouse: MouseTracking;
  mouseEncoding: MouseEncoding;
  /** Progressive enhancement of the kitty keyboard protocol, a set of bits; 0 is the legacy encoding. */
  kittyKeyboard: number;
  /** XTMODKEYS resource 4: 0 off, 1 or 2. */
  modifyOtherKeys: number;
  /** Of the cursor (OSC 12), as XParseColor(3) reads it; empty: the terminal's own. */
  cursorColour: string;
}

/** By the number of the private mode: nothing, presses, presses and releases, drags too, every movement. */
export type MouseTracking = 0 | 9 | 1000 | 1002 | 1003;

/** How the child wants mouse reports: three bytes, `CSI < … M`, or `CSI … M`. */
export type MouseEncoding = 'bytes' | 'sgr' | 'urxvt';

/** Of a terminal that was just switched on. */
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

/** While the panel has the keyboard: what is pasted there presses no keys. */
export const PANEL_MODES: ChildModes = { ...PLAIN_MODES, bracketedPaste: true };
