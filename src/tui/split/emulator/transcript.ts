import type { IBuffer } from '@xterm/headless';
import type { CellReader } from '../draw/cell-reader.js';
import { printedLine } from '../draw/printed-line.js';

/**
 * The lines of the child's main screen and above it, oldest first, without blank ones at the end: what would stand on the
 * terminal if the child had run there. Lines that the emulator wrapped are whole again.
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
