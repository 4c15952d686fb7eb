import { displayWidth, truncate } from '../../../text/fit.js';
import { fragment, type Line } from '../../../text/line.js';
import { printableLine } from '../../../text/text.js';
import { wrap } from '../../../text/wrap.js';
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

/** The same on up to `rows` rows. One that can be undone stays on one: only the end of an id is cut. */
export function noticeLines(notice: Notice, focus: PanelFocus, prefix: string, width: number, rows: number): Line[] {
  if (notice.canUndo) return [noticeLine(notice, focus, prefix, width)];
  const lines = wrap(printableLine(notice.text), width).map((line) => line.trimEnd());
  const last = lines.slice(rows - 1).join(' ');
  return [...lines.slice(0, rows - 1), ...(last === '' ? [] : [truncate(last, width)])].map((line) => [
    fragment(line, notice.tone),
  ]);
}
