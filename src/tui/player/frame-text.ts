import { parseJson } from '../../base/json.js';
import { isTooDeep } from '../../base/map-strings.js';
import type { TapeFrame } from '../../model/tape.js';
import { fragment } from '../../text/line.js';
import { beginningOf } from '../../text/mcp-texts.js';
import { type Block, lineBlock, textBlock } from '../panel/lines/document.js';

/** Indenting takes time and memory. */
const MAX_INDENTED = 1_000_000;

/** Notes about a frame, and its message. @param frame null where it cannot be read again */
export function frameBlocks(frame: TapeFrame | null): Block[] {
  if (frame === null) return [textBlock('The file has changed: this frame cannot be read.', 'bad')];
  const notes = [
    frame.synthetic && 'made by a replay or a rule',
    frame.altered && 'changed by a rule',
    frame.redacted && 'secrets were replaced',
    frame.truncated && 'only its beginning was recorded',
    frame.http && [frame.http.method, frame.http.url, frame.http.status].filter((part) => part !== undefined).join(' '),
  ].filter((note) => typeof note === 'string' && note !== '');
  return [
    ...(notes.length > 0 ? [textBlock(notes.join(', '), 'dim'), lineBlock([fragment('')])] : []),
    textBlock(beginningOf(messageText(frame))),
  ];
}

/** JSON with line breaks, or the bytes as text. */
export function messageText({ bytes }: TapeFrame): string {
  const text = Buffer.from(bytes).toString();
  const value = text.length > MAX_INDENTED ? undefined : parseJson(text);
  return value === undefined || isTooDeep(value) ? text : JSON.stringify(value, null, 2);
}
