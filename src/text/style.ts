import { styleText } from 'node:util';

/** The colours of commands, by what a text means to its reader. The panel has its own, by the same names. */
const THEME = {
  heading: 'bold',
  dim: 'dim',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  accent: 'cyan',
  bar: 'blue',
  key: 'cyan',
  // Groups of sources are areas of a bar. Each names both colours, so that its letter is readable on any background.
  framework: ['white', 'bgGray'],
  tools: ['whiteBright', 'bgBlue'],
  mcp: ['whiteBright', 'bgMagenta'],
  skills: ['black', 'bgGreen'],
  memory: ['black', 'bgYellow'],
  hooks: ['whiteBright', 'bgRed'],
  agents: ['black', 'bgCyan'],
  conversation: ['black', 'bgWhite'],
  unknown: 'inverse',
} as const satisfies Readonly<Record<string, Parameters<typeof styleText>[0]>>;

export type Tone = keyof typeof THEME;

/**
 * Colours a text for stdout. `node:util` decides at each call whether stdout has colours: none where it is not a
 * terminal, and NO_COLOR, TERM=dumb and FORCE_COLOR are respected.
 * @param text without control characters (`printableLine`)
 */
export function style(text: string, tone: Tone | undefined): string {
  return styledFor({ stream: process.stdout }, text, tone);
}

/** Colours a text for a program that shows it on a terminal, whatever stdout is. */
export function styleAlways(text: string, tone: Tone | undefined): string {
  return styledFor({ validateStream: false }, text, tone);
}

function styledFor(options: Parameters<typeof styleText>[2], text: string, tone: Tone | undefined): string {
  if (tone === undefined || text === '') return text;
  // Node 20 colours for any stream if it gets a list of formats.
  return [THEME[tone]].flat().reduce((styled, format) => styleText(format, styled, options), text);
}

export function ratingTone(rating: number | null): Tone | undefined {
  if (rating === null || rating === 0) return undefined;
  return rating > 0 ? 'good' : 'bad';
}
