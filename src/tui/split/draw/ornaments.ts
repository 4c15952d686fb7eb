import type { Keyboard } from '../input/input-router.js';
import type { Rect } from '../layout.js';

const RESET = '\x1b[0m';
const DIM = '\x1b[2m';
const BOLD = '\x1b[1m';
const INVERSE = '\x1b[7m';

/** One row of the divider: heavy when the child does not have the keyboard. */
export function dividerRow({ width, height }: Rect, keyboard: Keyboard): string {
  const [light, heavy] = height > width ? ['│', '┃'] : ['─'.repeat(width), '━'.repeat(width)];
  return keyboard === 'child' ? `${DIM}${light}${RESET}` : `${BOLD}${heavy}${RESET}`;
}

/** What the next key does, and how far the child is scrolled back; null for neither. Covers the last row of the child. */
export function noteRow(keyboard: Keyboard, armedKeys: string, scrolledBack: number, width: number): string | null {
  if (keyboard === 'armed') return note(armedKeys, width);
  if (keyboard === 'scroll') return note(`${scrolledBack} lines back  ↑ ↓ PgUp PgDn g G  q ends`, width);
  return scrolledBack > 0 ? note(`${scrolledBack} lines back  wheel: scrolls  any key: to the end`, width) : null;
}

/** @param text hints with two spaces between them; the last ones are dropped where they do not fit */
function note(text: string, width: number): string {
  const hints = text.split('  ');
  while (hints.length > 1 && hints.join('  ').length + 2 > width) hints.pop();
  const padded = ` ${hints.join('  ')} `;
  return `${INVERSE}${padded.length > width ? `${padded.slice(0, Math.max(0, width - 1))}…` : padded}${RESET}`;
}
