import { type AnsiCode, reduceAnsiCodesIncremental, type Token, tokenize } from '@alcalzone/ansi-tokenize';
import { RecentMap } from '../../../base/recent-map.js';
import { plain } from '../emulator/passed-on.js';
import type { TerminalKind } from '../outside/terminal-kind.js';
import { type Colour, colourParams, type Ground } from './colours.js';
import { glyph } from './glyphs.js';
import { type Grid, putCell } from './grid.js';
import { type Look, lookOf } from './look.js';

interface StyledCell {
  text: string;
  cells: number;
  look: Look;
}

/** Puts rows of text with SGR sequences and hyperlinks on a grid, cut to a width. */
export interface RowPainter {
  paint(grid: Grid, x: number, y: number, width: number, row: string): void;
  /** The frame is complete: rows that it did not have are forgotten. */
  endFrame(): void;
}

/** Most rows of a frame were in the previous one. Those are not parsed again. */
export function createRowPainter(kind: TerminalKind): RowPainter {
  let known = new Map<string, StyledCell[]>();
  let used = new Map<string, StyledCell[]>();

  function cellsOf(row: string): StyledCell[] {
    const cells = known.get(row) ?? styledCells(row, kind);
    used.set(row, cells);
    return cells;
  }

  return {
    paint(grid, x, y, width, row) {
      let at = 0;
      for (const { text, cells, look } of cellsOf(row)) {
        if (at + cells > width) return;
        putCell(grid, y * grid.width + x + at, text, cells, look);
        at += cells;
      }
    },
    endFrame() {
      known = used;
      used = new Map();
    },
  };
}

/** Characters that may combine, also with ASCII characters beside them. */
const OTHERS = String.raw`[^\x00-\x7f\x9b]+(?:[ -~][^\x00-\x7f\x9b]+)*[ -~]?`;
const SEQUENCE = String.raw`[\x1b\x9b](?:\[[\d;]*m|\]8;[^;]*;[^\x07]*\x07)`;

/** A run of ASCII characters (the group), each of one cell; a sequence; or others. */
const PIECES = new RegExp(
  String.raw`([ -~]+(?![^\x00-\x7f\x9b]))|${SEQUENCE}(?:${OTHERS})?|[ -~]?${OTHERS}|[\s\S]`,
  'g',
);

/** Sequences and box characters come again in every frame: tokenizing one takes 5 µs. */
const MAX_PIECES = 1_000;
const tokensOfPieces = new RecentMap<string, readonly Token[]>(MAX_PIECES);

/** Runs of ASCII are not tokenized, which would take a third of the time of a frame and make most of its garbage. */
function styledCells(row: string, kind: TerminalKind): StyledCell[] {
  const styled: StyledCell[] = [];
  let styles: AnsiCode[] = [];
  let look = lookOfCodes(styles, kind);
  const add = (text: string, cells: number): void => {
    if (kind.repertoire === 'unicode') styled.push({ text, cells, look });
    else for (const each of glyph(text, cells, kind.repertoire)) styled.push({ text: each, cells: 1, look });
  };
  for (const [piece, ascii] of row.matchAll(PIECES)) {
    if (ascii !== undefined) {
      for (const character of ascii) add(character, 1);
      continue;
    }
    for (const token of tokensOfPieces.take(piece, () => tokenize(piece))) {
      if (token.type === 'ansi') {
        styles = reduceAnsiCodesIncremental(styles, [token]);
        look = lookOfCodes(styles, kind);
      } else if (token.type === 'char') {
        const text = plain(token.value);
        if (text !== '') add(text, token.fullWidth ? 2 : 1);
      }
    }
  }
  return styled;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are control sequences
const SGR = /^\x1b\[([\d;]*)m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are control sequences
const LINK = /^\x1b\]8;([^;]*;.+)\x07$/;

function lookOfCodes(codes: readonly AnsiCode[], { depth, isXtermLike }: TerminalKind): Look {
  const attributes: string[] = [];
  let [foreground, background, link] = ['', '', ''];
  for (const { code } of codes) {
    const [, params] = SGR.exec(code) ?? [];
    const [, target] = LINK.exec(code) ?? [];
    const coloured = params === undefined ? null : colourOf(params.split(';').map(Number));
    if (target !== undefined && isXtermLike) link = target;
    else if (coloured?.ground === 30) foreground = colourParams(coloured, 30, depth);
    else if (coloured?.ground === 40) background = colourParams(coloured, 40, depth);
    else if (params) attributes.push(params);
  }
  return lookOf(attributes.join(';'), foreground, background, link);
}

/** Null for parameters that set no colour. */
function colourOf([code = 0, form, ...values]: readonly number[]): (Colour & { ground: Ground }) | null {
  const ground = (code >= 30 && code < 40) || (code >= 90 && code < 98) ? 30 : 40;
  if (code === 38 || code === 48) {
    const [first = 0, second = 0, third = 0] = values;
    if (form === 5) return { ground, palette: 256, value: first };
    return { ground, palette: 'rgb', value: (first << 16) | (second << 8) | third };
  }
  if ((code >= 30 && code < 38) || (code >= 40 && code < 48)) return { ground, palette: 16, value: code % 10 };
  if ((code >= 90 && code < 98) || (code >= 100 && code < 108)) return { ground, palette: 16, value: (code % 10) + 8 };
  return null;
}
