import type { Size } from '../../../../src/tui/split/layout.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are control sequences
const PARTS = /\x1b\[([?>]?)([\d;:]*)([ $]?[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bM|[\r\n\b]|[^\x00-\x1f]/gu;

/**
 * A terminal with left and right margins (DECLRMM, DECSLRM), which the emulator of the other tests has not: characters of one cell,
 * without looks, as xterm treats them with DECAWM off. https://vt100.net/docs/vt510-rm/DECSLRM.html
 */
export class MarginTerminal {
  readonly #size: Size;
  readonly #rows: string[][];
  #x = 0;
  #y = 0;
  #hasSides = false;
  #top = 0;
  #bottom: number;
  #left = 0;
  #right: number;

  constructor(size: Size) {
    this.#size = size;
    this.#rows = Array.from({ length: size.height }, () => new Array<string>(size.width).fill(' '));
    this.#bottom = size.height - 1;
    this.#right = size.width - 1;
  }

  rows(): string[] {
    return this.#rows.map((row) => row.join(''));
  }

  cursor(): { x: number; y: number } {
    return { x: this.#x, y: this.#y };
  }

  write(data: string): void {
    for (const [part, prefix = '', params = '', final] of data.matchAll(PARTS)) {
      if (final !== undefined) this.#control(prefix, params.split(';').map(Number), final);
      else if (part === '\r') this.#x = this.#x < this.#left ? 0 : this.#left;
      else if (part === '\b') this.#x = Math.max(0, this.#x - 1);
      else if (part === '\n') this.#lineFeed();
      else if (part === '\x1bM') this.#reverseLineFeed();
      else if (!part.startsWith('\x1b')) this.#print(part);
    }
  }

  #print(character: string): void {
    const row = this.#rows[this.#y];
    if (row) row[this.#x] = character;
    const edge = this.#x <= this.#right ? this.#right : this.#size.width - 1;
    this.#x = Math.min(edge, this.#x + 1);
  }

  #lineFeed(): void {
    if (this.#y === this.#bottom) {
      if (this.#isBetweenSides()) this.#scroll(this.#top, this.#bottom, 1);
    } else this.#y = Math.min(this.#size.height - 1, this.#y + 1);
  }

  #reverseLineFeed(): void {
    if (this.#y === this.#top) {
      if (this.#isBetweenSides()) this.#scroll(this.#bottom, this.#top, -1);
    } else this.#y = Math.max(0, this.#y - 1);
  }

  #isBetweenSides(): boolean {
    return this.#x >= this.#left && this.#x <= this.#right;
  }

  #scroll(first: number, last: number, step: 1 | -1): void {
    for (let y = first; ; y += step) {
      const row = this.#rows[y];
      const next = y === last ? undefined : this.#rows[y + step];
      for (let x = this.#left; x <= this.#right && row; x += 1) row[x] = next?.[x] ?? ' ';
      if (y === last) return;
    }
  }

  #control(prefix: string, [first = 0, second = 0]: number[], final: string): void {
    const row = this.#rows[this.#y] ?? [];
    switch (`${prefix}${final}`) {
      case 'H':
        this.#y = (first || 1) - 1;
        this.#x = (second || 1) - 1;
        break;
      case 'G':
        this.#x = (first || 1) - 1;
        break;
      case 'C':
        this.#x = Math.min(this.#x <= this.#right ? this.#right : this.#size.width - 1, this.#x + (first || 1));
        break;
      case 'B':
        this.#y = Math.min(this.#y <= this.#bottom ? this.#bottom : this.#size.height - 1, this.#y + (first || 1));
        break;
      case 'K':
        row.fill(' ', this.#x);
        break;
      case 'X':
        row.fill(' ', this.#x, this.#x + (first || 1));
        break;
      case 'J':
        for (const each of this.#rows) each.fill(' ');
        break;
      case 'r':
        this.#top = (first || 1) - 1;
        this.#bottom = (second || this.#size.height) - 1;
        this.#x = 0;
        this.#y = 0;
        break;
      case 's':
        if (!this.#hasSides) throw new Error('DECSLRM without DECLRMM');
        this.#left = (first || 1) - 1;
        this.#right = (second || this.#size.width) - 1;
        this.#x = 0;
        this.#y = 0;
        break;
      case '?h':
      case '?l':
        if (first !== 69) break;
        this.#hasSides = final === 'h';
        this.#left = 0;
        this.#right = this.#size.width - 1;
        break;
      case 'm':
      case ' q':
        break;
      default:
        throw new Error(`CSI ${prefix}${first};${second}${final}`);
    }
  }
}
