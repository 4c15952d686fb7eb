import type { Terminal } from '@xterm/headless';
import { type Internals, internalsOf } from './internals.js';
import { type Parameters, parameter } from './parameters.js';
import { completeSavedCursor } from './saved-cursor.js';

/** Adds features of the VT series and of xterm that the emulator does not have. */
export function fillGaps(terminal: Terminal): void {
  addConformanceLevels(terminal);
  const internals = internalsOf(terminal);
  if (internals === null) return;
  completeSavedCursor(terminal, internals);
  addReverseWrap(terminal, internals);
  addColumnMargins(terminal, internals);
}

/** DECSCL: below level 3, mode requests are not answered. https://vt100.net/docs/vt510-rm/DECSCL.html */
function addConformanceLevels({ parser }: Terminal): void {
  const FIRST_WITH_REQUESTS = 63;
  let level = 64;
  const ignoresRequests = () => level < FIRST_WITH_REQUESTS;
  parser.registerCsiHandler({ intermediates: '"', final: 'p' }, (params) => {
    level = parameter(params, 0, 64);
    return true;
  });
  parser.registerCsiHandler({ intermediates: '$', final: 'p' }, ignoresRequests);
  parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, ignoresRequests);
  parser.registerEscHandler({ final: 'c' }, () => {
    level = 64;
    return false;
  });
}

/** Mode 45: CUB goes back over the beginnings of wrapped lines, as the emulator's BS does. */
function addReverseWrap(terminal: Terminal, { handler, modes }: Internals): void {
  terminal.parser.registerCsiHandler({ final: 'D' }, (params) => {
    const { reverseWraparound, wraparound } = modes();
    if (!reverseWraparound || !wraparound) return false;
    const steps = Math.min(parameter(params, 0, 1) || 1, terminal.cols * terminal.rows);
    for (let step = 0; step < steps; step += 1) handler.backspace();
    return true;
  });
}

/**
 * DECALN resets all margins. DECIC and DECDC do nothing outside of the margins, including left and right ones, which
 * the emulator does not have. https://vt100.net/docs/vt510-rm/DECALN.html, DECIC.html
 */
function addColumnMargins(terminal: Terminal, { handler, modes }: Internals): void {
  const { parser } = terminal;
  let isOn = false;
  let margins: { left: number; right: number } | null = null;

  const isOutside = () =>
    margins !== null && (handler._activeBuffer.x < margins.left || handler._activeBuffer.x > margins.right);
  const switchMode = (params: Parameters, on: boolean) => {
    if (params.includes(69)) {
      isOn = on;
      margins = null;
    }
    return false;
  };

  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => switchMode(params, true));
  parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => switchMode(params, false));
  // DECSLRM; without DECLRMM it saves the cursor.
  parser.registerCsiHandler({ final: 's' }, (params) => {
    if (!isOn) return false;
    const left = (parameter(params, 0, 1) || 1) - 1;
    const right = (parameter(params, 1, terminal.cols) || terminal.cols) - 1;
    if (left < right && right < terminal.cols) margins = { left, right };
    return true;
  });
  parser.registerCsiHandler({ intermediates: "'", final: '}' }, isOutside);
  parser.registerCsiHandler({ intermediates: "'", final: '~' }, isOutside);
  parser.registerEscHandler({ intermediates: '#', final: '8' }, () => {
    handler._activeBuffer.scrollTop = 0;
    handler._activeBuffer.scrollBottom = terminal.rows - 1;
    modes().origin = false;
    margins = null;
    return false;
  });
  const reset = () => {
    isOn = false;
    margins = null;
    return false;
  };
  parser.registerEscHandler({ final: 'c' }, reset);
  parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);
}
