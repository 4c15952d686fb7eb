import stringWidth from 'string-width';
import { RecentMap } from '../base/recent-map.js';

/**
 * ASCII, letters with accents, dashes, quotes, arrows, lines and blocks: each is a grapheme of one column, whatever
 * follows.
 */
const NARROW = ' -~\\u00a1-\\u00a8\\u00aa-\\u00ac\\u00af-\\u02ff\\u2010-\\u2027\\u2190-\\u2193\\u2500-\\u259f▲▸▾';
const IS_NARROW = new RegExp(`^[${NARROW}]*$`);

/** Narrow characters, and the common letters of Chinese, Japanese and Korean: each is a grapheme, whatever follows. */
const IS_SIMPLE = new RegExp(
  `^[${NARROW}\\u3001\\u3002\\u3041-\\u3096\\u30a1-\\u30fa\\u4e00-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff5e]*$`,
);

/** Made when it is needed: it takes 10 ms, as long as a short command prints. */
let segmenter: Intl.Segmenter | undefined;

/** string-width takes microseconds for a character. A body of a request has a million, and a frame measures each text again. */
const widths = new RecentMap<string, number>(4_096);
/** Longer texts would fill the memory. */
const MAX_REMEMBERED = 400;

export function displayWidth(text: string): number {
  if (IS_NARROW.test(text)) return text.length;
  return text.length > MAX_REMEMBERED ? stringWidth(text) : widths.take(text, () => stringWidth(text));
}

/** What people see as one character each: cutting inside one would show another. */
function graphemes(text: string): string[] {
  if (IS_SIMPLE.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * The longest beginning that fits `width` columns, in UTF-16 units; at least one grapheme where `text` is not empty.
 */
export function fittingLength(text: string, width: number): number {
  if (IS_NARROW.test(text)) return Math.min(text.length, Math.max(1, width));
  let used = 0;
  let length = 0;
  for (const grapheme of graphemes(text)) {
    used += displayWidth(grapheme);
    if (used > width && length > 0) break;
    length += grapheme.length;
  }
  return length;
}

/**
 * Where a text that is too long gets its ellipsis. In the middle, a path loses its beginning instead: files of the same
 * name differ in their folders.
 */
export type EllipsisPlace = 'end' | 'middle';

/** At most `width` columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number, cut: EllipsisPlace = 'end'): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 1) return '…'.repeat(Math.max(0, width));
  const characters = graphemes(text);
  const tail = beginning(characters.toReversed(), tailWidth(text, width - 1, cut)).reverse();
  const head = beginning(characters, width - 1 - displayWidth(tail.join('')));
  return `${head.join('')}…${tail.join('')}`;
}

/** Behind the indent of a tree, with its mark. */
const BEGINNING = /[^ ▸▾]/;

function tailWidth(text: string, width: number, cut: EllipsisPlace): number {
  if (cut === 'end') return 0;
  const indent = text.search(BEGINNING);
  const isPath = indent !== -1 && text.includes('/', indent + 1);
  return isPath ? Math.max(0, width - indent) : Math.floor(width / 2);
}

/** Exactly `width` columns. */
export function padTo(
  text: string,
  width: number,
  align: 'left' | 'right' = 'left',
  cut: EllipsisPlace = 'end',
): string {
  const shown = truncate(text, width, cut);
  const space = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return align === 'right' ? space + shown : shown + space;
}

function beginning(characters: readonly string[], width: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += displayWidth(character);
    return used > width;
  });
  return characters.slice(0, end === -1 ? undefined : end);
}
