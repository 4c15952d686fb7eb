import type { Size } from '../../src/tui/split/layout.js';

const RUN = 10;

/** A full screen of coloured text, in every cell another than the picture before it. */
export function pictureOf(frame: number, { width, height }: Size): string {
  const rows = Array.from({ length: height }, (_, y) => {
    let row = '';
    for (let x = 0; x + RUN <= width; x += RUN) {
      const letter = String.fromCharCode(65 + ((frame + x) % 26));
      row += `\x1b[38;5;${(frame + y + x) % 256}m${letter.repeat(RUN)}`;
    }
    return row;
  });
  return `\x1b[H${rows.join('\r\n')}`;
}
