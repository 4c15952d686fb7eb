import type { ColourDepth } from '../outside/terminal-kind.js';

/** A colour of a palette of 16 or 256, or one of 24 bits as 0xRRGGBB. */
export interface Colour {
  palette: 16 | 256 | 'rgb';
  value: number;
}

/** 30 for the text, 40 for the background. */
export type Ground = 30 | 40;

/**
 * SGR parameters of a colour for a terminal of this depth; empty where it has no colours. The form that the child used
 * is kept where possible: some terminals brighten bold text only in the first eight of 16 colours.
 */
export function colourParams({ palette, value }: Colour, ground: Ground, depth: ColourDepth): string {
  if (depth === 'none') return '';
  if (palette === 16) return basicParams(value, ground);
  if (palette === 256) return depth === 16 ? basicParams(to16(value), ground) : `${ground + 8};5;${value}`;
  if (depth === 'rgb') return `${ground + 8};2;${value >> 16};${(value >> 8) & 0xff};${value & 0xff}`;
  const nearest = nearestOf256(value);
  return depth === 16 ? basicParams(nearestOf16(value), ground) : `${ground + 8};5;${nearest}`;
}

function basicParams(colour: number, ground: Ground): string {
  return String(colour < 8 ? ground + colour : ground + 60 + colour - 8);
}

/** The six steps of each part in xterm's cube of colours 16 to 231; the 24 greys behind it are 8, 18, … 238. */
const STEPS: readonly number[] = [0, 95, 135, 175, 215, 255];
const CUBE = 16;
const GREYS = 232;

/** Without the first 16, as each terminal has its own. */
function nearestOf256(rgb: number): number {
  const [red, green, blue] = partsOf(rgb);
  const steps = [red, green, blue].map(nearestStep);
  const [r = 0, g = 0, b = 0] = steps;
  const inCube = distance(rgb, STEPS[r] ?? 0, STEPS[g] ?? 0, STEPS[b] ?? 0);
  const grey = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const level = 8 + 10 * grey;
  return distance(rgb, level, level, level) < inCube ? GREYS + grey : CUBE + 36 * r + 6 * g + b;
}

function nearestStep(part: number): number {
  let nearest = 0;
  for (const [step, level] of STEPS.entries()) {
    if (Math.abs(level - part) < Math.abs((STEPS[nearest] ?? 0) - part)) nearest = step;
  }
  return nearest;
}

function distance(rgb: number, red: number, green: number, blue: number): number {
  const [r, g, b] = partsOf(rgb);
  return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
}

function to16(colour: number): number {
  if (colour < CUBE) return colour;
  if (colour >= GREYS) {
    const level = 8 + 10 * (colour - GREYS);
    return nearestOf16((level << 16) | (level << 8) | level);
  }
  const [r, g, b] = [Math.floor((colour - CUBE) / 36), Math.floor((colour - CUBE) / 6) % 6, (colour - CUBE) % 6];
  return nearestOf16(((STEPS[r] ?? 0) << 16) | ((STEPS[g] ?? 0) << 8) | (STEPS[b] ?? 0));
}

/** A colour is grey to the eye if its strongest and weakest part differ by less. */
const GREY_SPREAD = 40;
const BRIGHT = 8;
const BRIGHT_FROM = 200;

/**
 * Chosen by hue, as each terminal has other 16 colours, and people distinguish red from yellow rather than shades of
 * red. Bits are red, green and blue, then bright.
 */
function nearestOf16(rgb: number): number {
  const parts = partsOf(rgb);
  const [most, least] = [Math.max(...parts), Math.min(...parts)];
  if (most - least < GREY_SPREAD) return greyOf16((most + least) / 2);
  const hue = parts.reduce((bits, part, index) => bits | (part > (most + least) / 2 ? 1 << index : 0), 0);
  return hue | (most >= BRIGHT_FROM ? BRIGHT : 0);
}

/** Black, dark grey, light grey, white. */
function greyOf16(level: number): number {
  if (level < 64) return 0;
  if (level < 140) return 8;
  return level < 220 ? 7 : 15;
}

function partsOf(rgb: number): [red: number, green: number, blue: number] {
  return [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
}
