import type { Repertoire } from '../outside/terminal-kind.js';

/** U+2500 to U+257F in ASCII: lines, corners and crossings. */
const BOX_IN_ASCII =
  '--||--||--||++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++--||-|+++++++++++++++++++++++++++++++/\\X-|-|-|-|-|-|';

/** For terminals without Unicode. Other characters become a question mark. */
const IN_ASCII = replacements({
  '.': '…·',
  "'": '‘’',
  '"': '“”',
  '-': '–—‐‑−',
  '*': '•●⏺◆★☆✻✽✶✳✢',
  o: '○◯□◇°',
  '#': '■',
  '+': '✓✔',
  x: '✗✘×',
  '<': '←‹«❮◀',
  '^': '↑▲▴',
  '>': '→›»❯▶▸',
  v: '↓▾▼',
  L: '⎿',
  S: '§',
  ' ': '\u00a0',
});

/** Replacements for characters that console fonts (code page 437) do not have. */
const IN_CONSOLE = replacements({
  '─': '━┅┄┈╌',
  '│': '┃┆┊╎',
  '┌': '╭',
  '┐': '╮',
  '┘': '╯',
  '└': '╰',
  ' ': '▏',
  '▌': '▎▍▋',
  '█': '▊▉▆▇',
  _: '▁▂',
  '▄': '▃▅',
  '·': '•',
});

/** Code page 437 beyond Latin-1: lines, blocks, arrows. */
const CONSOLE_FONT = /^[─│┌┐└┘├┤┬┴┼═║╒-╬▀▄█▌▐░▒▓■←↑→↓↔↕▲▼►◄·\u00a0-\u00ff]$/;

/** A replacement of the same width that a terminal with this repertoire can show. */
export function glyph(text: string, cells: number, repertoire: Repertoire): string {
  if (repertoire === 'unicode' || (text.length === 1 && text <= '~')) return text;
  if (repertoire === 'console') {
    const likeness = IN_CONSOLE.get(text) ?? text;
    if (CONSOLE_FONT.test(likeness)) return likeness;
    return inAscii(likeness, cells);
  }
  return inAscii(text, cells);
}

function inAscii(text: string, cells: number): string {
  if (cells !== 1) return '?'.repeat(cells);
  const code = text.codePointAt(0) ?? 0;
  if (code >= 0x2500 && code < 0x2580) return BOX_IN_ASCII[code - 0x2500] ?? '+';
  if (code >= 0x2580 && code < 0x25a0) return '#';
  // Braille, as in spinners.
  if (code >= 0x2800 && code < 0x2900) return '*';
  const likeness = IN_ASCII.get(text);
  if (likeness !== undefined) return likeness;
  // A letter without its accents.
  const [base = '?'] = text.normalize('NFKD');
  return base >= ' ' && base <= '~' ? base : '?';
}

/** @param byReplacement the characters that each replacement is for */
function replacements(byReplacement: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(byReplacement).flatMap(([replacement, characters]) =>
      Array.from(characters, (character): [string, string] => [character, replacement]),
    ),
  );
}
