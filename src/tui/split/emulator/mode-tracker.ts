import type { Terminal } from '@xterm/headless';
import type { ChildModes, MouseEncoding, MouseTracking } from '../child/child-modes.js';
import { parseColour } from './dynamic-colours.js';
import { KittyKeyboard } from './kitty-keyboard.js';
import { type Parameters, parameter } from './parameters.js';

export interface TrackedModes {
  modes(): ChildModes;
  cursorVisible(): boolean;
  /** DECSCUSR; 0 is the terminal's own. */
  cursorStyle(): number;
}

const MOUSE_TRACKING: Record<Terminal['modes']['mouseTrackingMode'], MouseTracking> = {
  none: 0,
  x10: 9,
  vt200: 1000,
  drag: 1002,
  any: 1003,
};

/** Reports in pixels (1016) have the same form; ours come in cells, as pixels are unknown. */
const SGR_ENCODINGS: readonly number[] = [1006, 1016];
const URXVT_ENCODING = 1015;

const ALTERNATE_SCREENS: readonly number[] = [47, 1047, 1049];

/**
 * Follows modes that the emulator does not report or does not know. It also gets a sequence whose handler returns
 * false.
 */
export function trackModes(terminal: Terminal): TrackedModes {
  const { parser } = terminal;
  const kitty = new KittyKeyboard();
  const mouseEncodings = new Set<number>();
  /** As the child has set it (OSC 12); empty: the terminal's own. */
  let cursorColour = '';
  let modifyOtherKeys = 0;
  let cursorVisible = true;
  let cursorStyle = 0;

  const switchModes = (params: Parameters, on: boolean) => {
    for (const mode of params) {
      if (typeof mode !== 'number') continue;
      if (mode === URXVT_ENCODING || SGR_ENCODINGS.includes(mode)) {
        if (on) mouseEncodings.add(mode);
        else mouseEncodings.delete(mode);
      }
      if (mode === 25) cursorVisible = on;
      if (ALTERNATE_SCREENS.includes(mode)) kitty.switchTo(on ? 'alternate' : 'main');
    }
    return false;
  };
  const reset = () => {
    kitty.reset();
    mouseEncodings.clear();
    modifyOtherKeys = 0;
    cursorVisible = true;
    cursorStyle = 0;
    cursorColour = '';
    return false;
  };
  const mouseEncoding = (): MouseEncoding => {
    if (SGR_ENCODINGS.some((mode) => mouseEncodings.has(mode))) return 'sgr';
    return mouseEncodings.has(URXVT_ENCODING) ? 'urxvt' : 'bytes';
  };

  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => switchModes(params, true));
  parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => switchModes(params, false));
  parser.registerCsiHandler({ prefix: '>', final: 'u' }, (params) => {
    kitty.push(parameter(params, 0, 0));
    return true;
  });
  parser.registerCsiHandler({ prefix: '<', final: 'u' }, (params) => {
    kitty.pop(parameter(params, 0, 1));
    return true;
  });
  parser.registerCsiHandler({ prefix: '=', final: 'u' }, (params) => {
    kitty.set(parameter(params, 0, 0), parameter(params, 1, 1));
    return true;
  });
  // XTMODKEYS, `CSI > 4 ; value m`; without a value or parameters the resource is reset.
  parser.registerCsiHandler({ prefix: '>', final: 'm' }, (params) => {
    if (params.length === 0 || parameter(params, 0, 0) === 0 || params[0] === 4)
      modifyOtherKeys = parameter(params, 1, 0);
    return true;
  });
  parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, (params) => {
    cursorStyle = parameter(params, 0, 0);
    return false;
  });
  parser.registerOscHandler(12, (data) => {
    if (parseColour(data) !== null) cursorColour = data;
    return false;
  });
  parser.registerOscHandler(112, () => {
    cursorColour = '';
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
        mouseEncoding: mouseEncoding(),
        kittyKeyboard: kitty.flags,
        modifyOtherKeys,
        cursorColour,
      };
    },
    cursorVisible: () => cursorVisible,
    cursorStyle: () => cursorStyle,
  };
}
