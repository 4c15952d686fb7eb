import type { IBufferLine } from '@xterm/headless';
import type { CellReader } from './cell-reader.js';
import { changeLook, type Look, PLAIN } from './look.js';

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
