import type { IBuffer, IBufferLine } from '@xterm/headless';
import type { CellReader } from '../draw/cell-reader.js';
import { changeLook, type Look, PLAIN } from '../draw/look.js';

/**
 * The child's main screen and the lines above it, without blank lines at the end, as the terminal would show them if
 * the child had run there. Lines that the emulator wrapped are joined.
 */
export function transcriptOf(buffer: IBuffer, reader: CellReader): string[] {
  const lines: string[] = [];
  let used = 0;
  for (let y = 0; y < buffer.length; y += 1) {
    const line = buffer.getLine(y);
    if (!line) continue;
    const text = printedLine(line, reader);
    if (line.isWrapped && lines.length > 0) lines.push(`${lines.pop()}${text}`);
    else lines.push(text);
    if (text !== '') used = lines.length;
  }
  return lines.slice(0, used);
}

/** A line of the emulator as text with control sequences that ends in plain style. */
export function printedLine(line: IBufferLine, reader: CellReader): string {
  let text = '';
  let look: Look = PLAIN;
  reader.read(line, reader.used(line), (_x, chars, _cells, wanted) => {
    text += changeLook(look, wanted) + chars;
    look = wanted;
  });
  return text + changeLook(look, PLAIN);
}
