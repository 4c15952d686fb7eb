import { displayWidth, fittingLength } from './fit.js';
import { printableLine } from './text.js';

/**
 * Lines of at most `width` columns that together hold every character: broken after the last space where that leaves no
 * line half empty, else between any two graphemes.
 */
export function wrap(text: string, width: number): string[] {
  return brokenLines(text.replaceAll('\t', '  '), Math.max(2, width), (line, fitting) => {
    const space = line.lastIndexOf(' ', fitting - 1);
    return space > fitting / 2 ? space + 1 : fitting;
  });
}

/**
 * A sentence as lines broken at spaces, the first after `first` and the others indented by its width. A word that is
 * too long stays whole, so that it can be copied.
 */
export function wrapText(text: string, width: number, first = ''): string[] {
  const indent = ' '.repeat(displayWidth(first));
  const lines = brokenLines(printableLine(text), Math.max(1, width - indent.length), (line, fitting) => {
    const space = line.lastIndexOf(' ', fitting);
    const end = space > 0 ? space : line.indexOf(' ', fitting);
    return end === -1 ? line.length : end + 1;
  });
  return lines.map((line, index) => `${index === 0 ? first : indent}${line.trimEnd()}`);
}

/** @param endOf where the first line ends of a text of which `fitting` UTF-16 units fit the width */
function brokenLines(text: string, width: number, endOf: (line: string, fitting: number) => number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let rest = line;
    do {
      const fitting = fittingPart(rest, width);
      const end = fitting === rest.length ? fitting : endOf(rest, fitting);
      lines.push(rest.slice(0, end));
      rest = rest.slice(end);
    } while (rest !== '');
    return lines;
  });
}

/** Joined emoji are the longest graphemes, and shorter than this. */
const LONGEST_GRAPHEME = 64;

function fittingPart(text: string, width: number): number {
  if (text.length * 2 <= width) return text.length;
  // Checking twice the width is enough unless graphemes are longer than their columns.
  const near = fittingLength(text.slice(0, width * 2 + 2), width);
  return near < width * 2 ? near : fittingLength(text.slice(0, width * LONGEST_GRAPHEME), width);
}
