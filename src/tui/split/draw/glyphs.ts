import type { Repertoire } from '../outside/terminal-kind.js';

/** U+2500 to U+257F in ASCII: lines, corners and crossings. */
const BOX_IN_ASCII =
  '--||--||--||++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++--||-|+++++++++++++++++++++++++++++++/\\X-|-|-|-|-|-|';

/** Terminals without Unicode lines get these; what has no likeness becomes a question mark. */
const IN_ASCII: Readonly<Record<string, string>> = {
  '…': '.',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '‐': '-',
  '‑': '-',
  '−': '-',
  '•': '*',
  '·': '.',
  '●': '*',
  '○': 'o',
  '◯': 'o',
  '⏺': '*',
  '■': '#',
  '□': 'o',
  '◆': '*',
  '◇': 'o',
  '★': '*',
  '☆': '*',
  '✓': '+',
  '✔': '+',
  '✗': 'x',
  '✘': 'x',
  '×': 'x',
  '←': '<',
  '↑': '^',
  '→': '>',
  '↓': 'v',
  '›': '>',
  '‹': '<',
  '»': '>',
  '«': '<',
  '❯': '>',
  '❮': '<',
  '▶': '>',
  '▸': '>',
  '◀': '<',
  '▾': 'v',
  '▼': 'v',
  '▲': '^',
  '▴': '^',
  '⎿': 'L',
  '✻': '*',
  '✽': '*',
  '✶': '*',
  '✳': '*',
  '✢': '*',
  '§': 'S',
  '°': 'o',
  '\u00a0': ' ',
};

/** What fonts of consoles (code page 437) lack, by what they have. */
const IN_CONSOLE: Readonly<Record<string, string>> = {
  '━': '─',
  '┃': '│',
  '┅': '─',
  '┄': '─',
  '┈': '─',
  '╌': '─',
  '┆': '│',
  '┊': '│',
  '╎': '│',
  '╭': '┌',
  '╮': '┐',
  '╯': '┘',
  '╰': '└',
  '▏': ' ',
  '▎': '▌',
  '▍': '▌',
  '▋': '▌',
  '▊': '█',
  '▉': '█',
  '▁': '_',
  '▂': '_',
  '▃': '▄',
  '▅': '▄',
  '▆': '█',
  '▇': '█',
  '•': '·',
};

/** Code page 437 beyond Latin-1: lines, blocks, arrows. */
const CONSOLE_FONT = /^[─│┌┐└┘├┤┬┴┼═║╒-╬▀▄█▌▐░▒▓■←↑→↓↔↕▲▼►◄·\u00a0-\u00ff]$/;

/** A character as a terminal with this repertoire can show it, in as many cells. */
export function glyph(text: string, cells: number, repertoire: Repertoire): string {
  if (repertoire === 'unicode' || (text.length === 1 && text <= '~')) return text;
  if (repertoire === 'console') {
    const likeness = IN_CONSOLE[text] ?? text;
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
  // Braille, of which spinners are made.
  if (code >= 0x2800 && code < 0x2900) return '*';
  const likeness = IN_ASCII[text];
  if (likeness !== undefined) return likeness;
  // A letter without its accents.
  const [base = '?'] = text.normalize('NFKD');
  return base >= ' ' && base <= '~' ? base : '?';
}
