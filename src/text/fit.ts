import stringWidth from 'string-width';

/**
 * ASCII, letters with accents, dashes, quotes, ellipses, arrows, frames and bars: one column each, and a grapheme of its own
 * whatever it follows. Nearly all that is shown: a look at every grapheme, by far the most of drawing a screen, tells nothing new.
 */
const PLAIN = /^[ -~\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u259f▲▸▾]*$/;

export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What people see as one character each: cutting inside one would show another. */
export function graphemes(text: string): string[] {
  return PLAIN.test(text) ? Array.from(text) : Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

/** Where a text that is too long is cut: the name of a file stands at the end of its path. */
export type Cut = 'end' | 'middle';

/** At most `width` columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number, cut: Cut = 'end'): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 1) return '…'.repeat(Math.max(0, width));
  const characters = graphemes(text);
  const tail = cut === 'middle' ? beginning(characters.toReversed(), Math.floor((width - 1) / 2)).reverse() : [];
  const head = beginning(characters, width - 1 - displayWidth(tail.join('')));
  return `${head.join('')}…${tail.join('')}`;
}

/** Exactly `width` columns. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left', cut: Cut = 'end'): string {
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
