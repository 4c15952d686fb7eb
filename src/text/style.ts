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
} as const;

export type Tone = keyof typeof THEME;

/**
 * Colours a text for stdout. `node:util` decides at each call whether stdout has colours: none where it is not a
 * terminal, and NO_COLOR, TERM=dumb and FORCE_COLOR are respected.
 * @param text without control characters (`printableLine`)
 */
export function style(text: string, tone: Tone | undefined): string {
  if (tone === undefined || text === '') return text;
  return styleText(THEME[tone], text, { stream: process.stdout });
}

export function ratingTone(rating: number | null): Tone | undefined {
  if (rating === null || rating === 0) return undefined;
  return rating > 0 ? 'good' : 'bad';
}
