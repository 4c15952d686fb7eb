import type { Rect, Size } from '../layout.js';
import { changeLook, type Look, PLAIN } from './look.js';

export interface PenAbilities {
  /** ECH and CHA, which are younger than the VT100. */
  erasesCells: boolean;
  /** Left and right margins, set with DECSLRM while DECLRMM is on. */
  sideMargins: boolean;
}

const JOINER = '\u200d';

/**
 * The terminal's cursor and its state. Writes the shortest sequences. Lines do not wrap (DECAWM is off). Where the
 * terminal may have moved its cursor differently, the column counts as unknown and is set absolutely next time.
 */
export class Pen {
  readonly #size: Size;
  readonly #abilities: PenAbilities;
  #x: number | null = null;
  #y: number | null = null;
  #look: Look | null = null;
  /** The part in which the terminal scrolls; null for the whole screen. */
  #region: Rect | null = null;
  #hasSideMargins = false;
  #written = '';

  constructor(size: Size, abilities: PenAbilities) {
    this.#size = size;
    this.#abilities = abilities;
  }

  /** For comparing two ways of drawing from here on. */
  copy(): Pen {
    const copy = new Pen(this.#size, this.#abilities);
    copy.#x = this.#x;
    copy.#y = this.#y;
    copy.#look = this.#look;
    copy.#region = this.#region;
    copy.#hasSideMargins = this.#hasSideMargins;
    copy.#written = this.#written;
    return copy;
  }

  /** Everything that was written since the last call. */
  take(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }

  get length(): number {
    return this.#written.length;
  }

  get look(): Look | null {
    return this.#look;
  }

  /** How many cells to the right of the cursor this is, in its row; null for anywhere else. */
  distanceTo(x: number, y: number): number | null {
    return this.#x === null || y !== this.#y || x < this.#x ? null : x - this.#x;
  }

  /** Clears the screen and resets style and scroll region. */
  clear(): void {
    this.#written += this.#abilities.sideMargins ? '\x1b[0m\x1b[?69l\x1b[r\x1b[2J' : '\x1b[0m\x1b[r\x1b[2J';
    this.#look = PLAIN;
    this.#region = null;
    this.#hasSideMargins = false;
    this.#x = null;
    this.#y = null;
  }

  moveTo(x: number, y: number): void {
    if (x === this.#x && y === this.#y) return;
    this.#written += this.#move(x, y);
    this.#x = x;
    this.#y = y;
  }

  /** @param text one character, as wide as the cells that it takes */
  write(text: string, cells: number, look: Look): void {
    this.#setLook(look);
    // Terminals agree on the width of a single character of the basic plane, but not of emoji and combined characters.
    const isRisky = text.length > 1;
    if (isRisky && this.#abilities.erasesCells) this.#written += `\x1b[${cells}X`;
    // tmux joins a character to the joiner before it, wherever the cursor has gone in the meantime (3.3).
    this.#written += text.endsWith(JOINER) ? text.slice(0, -1) : text;
    if (this.#x === null) return;
    this.#x += cells;
    if (isRisky || this.#x >= this.#size.width || this.#x === this.#rightEdge()) this.#x = null;
  }

  /** @param text characters of one cell each, on which terminals agree */
  writeRun(text: string, look: Look): void {
    this.#setLook(look);
    this.#written += text;
    if (this.#x === null) return;
    this.#x += text.length;
    if (this.#x >= this.#size.width || this.#x === this.#rightEdge()) this.#x = null;
  }

  /** Blank cells in plain style; the cursor stays. */
  erase(cells: number): void {
    this.#setLook(PLAIN);
    if (this.#x !== null && this.#x + cells >= this.#size.width) this.#written += '\x1b[K';
    else this.#written += `\x1b[${cells}X`;
  }

  /**
   * @param region as wide as the screen, or at its left edge where there are side margins
   * @param by lines up; negative for down
   */
  scroll(region: Rect, by: number): void {
    this.#setLook(PLAIN);
    this.#scrollIn(region);
    if (by > 0) {
      this.moveTo(0, region.y + region.height - 1);
      // The terminal driver may add a carriage return, which does not matter in the first column.
      this.#written += '\n'.repeat(by);
    } else {
      this.moveTo(0, region.y);
      this.#written += '\x1bM'.repeat(-by);
    }
  }

  #setLook(look: Look): void {
    this.#written += changeLook(this.#look, look);
    this.#look = look;
  }

  #scrollIn(region: Rect): void {
    const now = this.#region ?? { x: 0, y: 0, ...this.#size };
    if (now.y !== region.y || now.height !== region.height) {
      this.#written += `\x1b[${region.y + 1};${region.y + region.height}r`;
    } else if (now.width === region.width) return;
    if (now.width !== region.width) {
      if (!this.#hasSideMargins) this.#written += '\x1b[?69h';
      this.#hasSideMargins = true;
      this.#written += `\x1b[1;${region.width}s`;
    }
    this.#region = region;
    // Both go to the upper left corner.
    this.#x = 0;
    this.#y = 0;
  }

  #rightEdge(): number {
    return this.#region?.width ?? this.#size.width;
  }

  #bottom(): number {
    return this.#region ? this.#region.y + this.#region.height - 1 : this.#size.height - 1;
  }

  #move(x: number, y: number): string {
    if (y === this.#y) return this.#moveInRow(x, y);
    const ways = [absolute(x, y)];
    // A line feed would scroll at the bottom margin, and would not move below it.
    if (this.#y !== null && y === this.#y + 1 && this.#y !== this.#bottom()) {
      if (x < this.#rightEdge()) ways.push(`\r\n${x === 0 ? '' : right(x)}`);
      if (this.#x !== null) ways.push(`\x1b[B${this.#moveInRow(x, y)}`);
    }
    return shortest(ways);
  }

  #moveInRow(x: number, y: number): string {
    if (x === this.#x) return '';
    if (x === 0) return '\r';
    const inRow = this.#abilities.erasesCells ? `\x1b[${x + 1}G` : absolute(x, y);
    // Relative movements stop at a margin.
    if (this.#x === null || this.#x < this.#rightEdge() !== x < this.#rightEdge()) return inRow;
    const way = x - this.#x;
    return shortest([inRow, way > 0 ? right(way) : '\b'.repeat(-way)]);
  }
}

function shortest(ways: readonly string[]): string {
  return ways.reduce((best, way) => (way.length < best.length ? way : best));
}

function right(cells: number): string {
  return `\x1b[${cells === 1 ? '' : cells}C`;
}

function absolute(x: number, y: number): string {
  if (x > 0) return `\x1b[${y + 1};${x + 1}H`;
  return y > 0 ? `\x1b[${y + 1}H` : '\x1b[H';
}
