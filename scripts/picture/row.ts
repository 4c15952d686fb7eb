import type { Cell, Look } from './frame.js';
import { shapesOf } from './shapes.js';

/** Of a cell, in the picture's units. The font is 0.6 of its size wide, as nearly all monospaced fonts are. */
export const CELL = { width: 8.4, height: 18, font: 14, baseline: 13.2 } as const;

/** Names for what is said often: a class a colour. */
export type ClassOf = (colour: string) => string;

/** One row as SVG, from the left end of the line that its text stands on. Every run of text stands where its cells are, whatever the font. */
export function rowMarkup(cells: readonly Cell[], classOf: ClassOf): string {
  return [...rectangles(cells), ...runsOf(cells)].join('');

  /** Backgrounds first: what stands on them is on top. */
  function rectangles(row: readonly Cell[]): string[] {
    const grounds: Rect[] = [];
    const shapes: Rect[] = [];
    for (const { x, width, text, look } of row) {
      const cell = { x: x * CELL.width, y: -CELL.baseline, width: width * CELL.width, height: CELL.height };
      if (look.background !== null) join(grounds, { ...cell, colour: look.background, dim: false });
      for (const shape of shapesOf(text) ?? []) {
        join(shapes, {
          x: cell.x + shape.x * cell.width,
          y: cell.y + shape.y * cell.height,
          width: shape.width * cell.width,
          height: shape.height * cell.height,
          colour: look.colour,
          dim: look.dim,
        });
      }
    }
    return [...grounds, ...shapes].map(({ x, y, width, height, colour, dim }) => {
      const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
      return `<rect ${place} class="${classOf(colour)}${dim ? ' d' : ''}"/>`;
    });
  }

  function runsOf(row: readonly Cell[]): string[] {
    const runs: Run[] = [];
    for (const cell of row) {
      if (cell.text.trim() === '' && !cell.look.underlined) continue;
      if (shapesOf(cell.text) !== null) continue;
      const last = runs.at(-1);
      const blanks = last === undefined ? 0 : cell.x - last.end;
      if (last && blanks <= 1 && isPlain(cell.text) && last.isPlain && sameLook(last.look, cell.look)) {
        last.text += ' '.repeat(blanks) + cell.text;
        last.end = cell.x + cell.width;
      } else {
        const { x, text, look } = cell;
        runs.push({ x, end: x + cell.width, text, look, isPlain: isPlain(text) });
      }
    }
    return runs.map(({ x, end, text, look }) => {
      const classes = [
        classOf(look.colour),
        look.bold && 'b',
        look.dim && 'd',
        look.italic && 'i',
        look.underlined && 'u',
      ];
      const length = [...text].length > 1 ? ` textLength="${round((end - x) * CELL.width)}"` : '';
      return `<text x="${round(x * CELL.width)}"${length} class="${classes.filter(Boolean).join(' ')}">${escapeXml(asText(text))}</text>`;
    });
  }
}

interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
  colour: string;
  dim: boolean;
}

interface Run {
  x: number;
  end: number;
  text: string;
  look: Look;
  isPlain: boolean;
}

/** Rectangles that continue one another are one: no seam shows between them. */
function join(rects: Rect[], next: Rect): void {
  const last = rects.findLast(({ colour, y }) => colour === next.colour && y === next.y);
  const continues =
    last && Math.abs(last.x + last.width - next.x) < 0.01 && last.height === next.height && last.dim === next.dim;
  if (continues) last.width += next.width;
  else rects.push(next);
}

/** Of symbols that some systems draw as coloured pictures: U+FE0E asks for the character. */
function asText(text: string): string {
  return text.replace(/[⏵⏺⚠]/gu, '$&\ufe0e');
}

/** Every monospaced font has it, one cell wide: what comes from another font stands alone, so that it moves nothing. */
function isPlain(text: string): boolean {
  return /^[ -~\u00a0-\u00ff–…−]+$/u.test(text);
}

function sameLook(one: Look, other: Look): boolean {
  return (
    one.colour === other.colour &&
    one.bold === other.bold &&
    one.dim === other.dim &&
    one.italic === other.italic &&
    one.underlined === other.underlined
  );
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
