import { displayWidth, graphemes } from '../../../text/fit.js';

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

/** Bodies have thousands of lines: letters that stand for themselves are not worth a look at graphemes. */
function widestBeginning(text: string, width: number): number {
  let used = 0;
  let end = 0;
  while (end < text.length) {
    const known = isPlain(text.charCodeAt(end + 1)) ? plainWidth(text.charCodeAt(end)) : 0;
    const character = known > 0 ? text.charAt(end) : firstGrapheme(text, end);
    used += known > 0 ? known : displayWidth(character);
    if (used > width) break;
    end += character.length;
  }
  return Math.max(end, 1);
}

/** Joined emoji are the longest characters: this long are none. */
const LONGEST = 64;

function firstGrapheme(text: string, start: number): string {
  const [first = ''] = graphemes(text.slice(start, start + LONGEST));
  return first;
}

/** Nothing of it joins what stands before it; the end of a text does not, either. */
function isPlain(unit: number): boolean {
  return Number.isNaN(unit) || plainWidth(unit) > 0;
}

/** Columns of ASCII, and of the common letters of Chinese, Japanese and Korean; 0 for all else. */
function plainWidth(unit: number): 0 | 1 | 2 {
  if (unit >= 0x20 && unit <= 0x7e) return 1;
  const isWide =
    (unit >= 0x4e00 && unit <= 0x9fff) ||
    (unit >= 0x3041 && unit <= 0x3096) ||
    (unit >= 0x30a1 && unit <= 0x30fa) ||
    (unit >= 0xac00 && unit <= 0xd7a3) ||
    (unit >= 0x3001 && unit <= 0x3002) ||
    (unit >= 0xff01 && unit <= 0xff5e);
  return isWide ? 2 : 0;
}
