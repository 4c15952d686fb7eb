/** What a terminal draws with: its own two colours, the sixteen that programs name, and the frame around it. */
export interface Palette {
  text: string;
  background: string;
  /** Of the window: its edge, its title. */
  edge: string;
  title: string;
  /** Black, red, green, yellow, blue, magenta, cyan, white, and the bright ones. */
  colours: readonly string[];
}

export type PaletteName = 'dark' | 'light';

export const PALETTES: Readonly<Record<PaletteName, Palette>> = {
  dark: {
    text: '#d7dce2',
    background: '#15181e',
    edge: '#3a414c',
    title: '#9aa4b2',
    colours: [
      ...['#2a2f38', '#f47067', '#57c785', '#e3b341', '#5aa2f7', '#c792ea', '#56c8d8', '#c3cad3'],
      ...['#6b7480', '#ff938a', '#7fe0a5', '#f2cc60', '#83bbff', '#dbb3ff', '#7fdfea', '#ffffff'],
    ],
  },
  light: {
    text: '#24292f',
    background: '#ffffff',
    edge: '#c9d1d9',
    title: '#57606a',
    colours: [
      ...['#24292f', '#cf222e', '#116329', '#7d5700', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
      ...['#57606a', '#a40e26', '#1a7f37', '#9a6700', '#218bff', '#a475f9', '#3192aa', '#d0d7de'],
    ],
  },
};

/** The levels of the 6x6x6 cube of colours 16 to 231: https://invisible-island.net/xterm/xterm.faq.html */
const LEVELS = [0, 95, 135, 175, 215, 255];

/** Of the 256: the sixteen, a cube, and a ramp of greys. */
export function paletteColour(index: number, { colours }: Palette): string {
  if (index < 16) return colours[index] ?? '';
  if (index >= 232) return hex(Array(3).fill(8 + 10 * (index - 232)));
  const place = index - 16;
  return hex([Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((level) => LEVELS[level] ?? 0));
}

/** @param rgb as one number, red first */
export function rgbColour(rgb: number): string {
  return hex([(rgb >> 16) & 0xff, (rgb >> 8) & 0xff, rgb & 0xff]);
}

function hex(parts: readonly number[]): string {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
