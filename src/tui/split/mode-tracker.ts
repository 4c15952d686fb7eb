import type { Terminal } from '@xterm/headless';
import type { ChildModes, MouseEncoding, MouseTracking } from './child-modes.js';
import { KittyKeyboard } from './kitty-keyboard.js';

export interface TrackedModes {
  modes(): ChildModes;
  cursorVisible(): boolean;
  /** DECSCUSR; 0 is the terminal's own. */
  cursorStyle(): number;
}

type Params = readonly (number | number[])[];

const MOUSE_TRACKING: Record<Terminal['modes']['mouseTrackingMode'], MouseTracking> = {
  none: 0,
  x10: 9,
  vt200: 1000,
  drag: 1002,
  any: 1003,
};

const MOUSE_ENCODINGS: Readonly<Record<number, MouseEncoding>> = { 1006: 'sgr', 1015: 'urxvt', 1016: 'pixels' };

const ALTERNATE_SCREENS: readonly number[] = [47, 1047, 1049];

/**
 * Follows the modes that the emulator does not tell of, or not know. Handlers that answer false leave the sequence to the
 * emulator as well.
 */
export function trackModes(terminal: Terminal): TrackedModes {
  const { parser } = terminal;
  const kitty = new KittyKeyboard();
  let mouseEncoding: MouseEncoding = 'bytes';
  let modifyOtherKeys = 0;
  let cursorVisible = true;
  let cursorStyle = 0;

  const switchModes = (params: Params, on: boolean) => {
    for (const mode of params) {
      if (typeof mode !== 'number') continue;
      const encoding = MOUSE_ENCODINGS[mode];
      if (encoding) mouseEncoding = on ? encoding : 'bytes';
      if (mode === 25) cursorVisible = on;
      if (ALTERNATE_SCREENS.includes(mode)) kitty.switchTo(on ? 'alternate' : 'main');
    }
    return false;
  };
  const reset = () => {
    kitty.reset();
    mouseEncoding = 'bytes';
    modifyOtherKeys = 0;
    cursorVisible = true;
    cursorStyle = 0;
    return false;
  };

  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => switchModes(params, true));
  parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => switchModes(params, false));
  parser.registerCsiHandler({ prefix: '>', final: 'u' }, (params) => {
    kitty.push(number(params, 0, 0));
    return true;
  });
  parser.registerCsiHandler({ prefix: '<', final: 'u' }, (params) => {
    kitty.pop(number(params, 0, 1));
    return true;
  });
  parser.registerCsiHandler({ prefix: '=', final: 'u' }, (params) => {
    kitty.set(number(params, 0, 0), number(params, 1, 1));
    return true;
  });
  // XTMODKEYS, `CSI > 4 ; value m`; without a value, or without parameters, the resource is as it was at first.
  parser.registerCsiHandler({ prefix: '>', final: 'm' }, (params) => {
    if (params.length === 0 || number(params, 0, 0) === 0 || params[0] === 4) modifyOtherKeys = number(params, 1, 0);
    return true;
  });
  parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, (params) => {
    cursorStyle = number(params, 0, 0);
    return false;
  });
  // RIS and DECSTR.
  parser.registerEscHandler({ final: 'c' }, reset);
  parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);

  return {
    modes() {
      const known = terminal.modes;
      return {
        applicationCursor: known.applicationCursorKeysMode,
        applicationKeypad: known.applicationKeypadMode,
        bracketedPaste: known.bracketedPasteMode,
        focusEvents: known.sendFocusMode,
        mouse: MOUSE_TRACKING[known.mouseTrackingMode],
        mouseEncoding,
        kittyKeyboard: kitty.flags,
        modifyOtherKeys,
      };
    },
    cursorVisible: () => cursorVisible,
    cursorStyle: () => cursorStyle,
  };
}

/** A parameter that is left out, or has sub-parameters where none belong, is its default. */
function number(params: Params, index: number, byDefault: number): number {
  const value = params[index];
  return typeof value === 'number' && value >= 0 ? value : byDefault;
}
