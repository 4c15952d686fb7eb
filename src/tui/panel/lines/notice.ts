import { displayWidth, truncate } from '../../../text/fit.js';
import { fragment, type Line } from '../../../text/line.js';
import { printableLine } from '../../../text/text.js';
import type { PanelFocus } from '../../split/panel.js';
import type { Notice } from '../state/state.js';

/**
 * `rated +1: req_… (u takes it back)`. In a narrow panel the end of the id is cut, not the key.
 * @param prefix pressed before keys of the panel while the child has the keyboard
 */
export function noticeLine({ text, tone, canUndo }: Notice, focus: PanelFocus, prefix: string, width: number): Line {
  const key = focus === 'panel' ? 'u' : `${prefix} u`;
  const hint = canUndo ? ` (${key} takes it back)` : '';
  return [fragment(truncate(printableLine(text), Math.max(8, width - displayWidth(hint))), tone), fragment(hint, tone)];
}
