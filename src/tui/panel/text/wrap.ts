import { displayWidth, graphemes } from './fit.js';

/**
 * Lines of at most `width` columns, broken at the last blank where there is one in the second half of a line, and anywhere
 * else where there is none: nothing is left out, so that what is shown is what was sent.
 */
export function wrap(text: string, width: number): string[] {
  const plain = text.replaceAll('\t', '  ');
  return plain.split('\n').flatMap((line) => (line.length * 2 <= width ? [line] : wrapLine(line, Math.max(2, width))));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > 0) {
    const end = endOfLine(rest, width);
    lines.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return lines.length === 0 ? [''] : lines;
}

/** Where the first line of a text ends, in UTF-16 units. */
function endOfLine(text: string, width: number): number {
  // No grapheme is wider than two columns for its first unit: a look at this much tells.
  const near = text.slice(0, width * 2 + 2);
  const most = /^[ -~]*$/.test(near) ? Math.min(width, near.length) : widestBeginning(text, width);
  if (most >= text.length) return text.length;
  const blank = text.lastIndexOf(' ', most - 1);
  return blank > most / 2 ? blank + 1 : most;
}

function widestBeginning(text: string, width: number): number {
  let used = 0;
  let end = 0;
  // Long runs of combining marks and joined emoji take many units for one column.
  for (const character of graphemes(text.slice(0, width * 12))) {
    used += displayWidth(character);
    if (used > width) break;
    end += character.length;
  }
  return Math.max(end, 1);
}
