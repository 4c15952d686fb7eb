import { styleText } from 'node:util';

/** What a piece of text means to its reader; the one place where meanings become colours. */
const THEME = {
  heading: 'bold',
  dim: 'dim',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  accent: 'cyan',
} as const;

export type Tone = keyof typeof THEME;

/**
 * Text as a person sees it. Plain when stdout is no terminal or one without colours (NO_COLOR, TERM=dumb), coloured wherever
 * FORCE_COLOR asks for it: node:util decides, by the environment of each call.
 * @param text after `printableLine`: a colour is made of control characters
 */
export function style(text: string, tone: Tone | undefined): string {
  if (tone === undefined || text === '') return text;
  return styleText(THEME[tone], text, { stream: process.stdout });
}

export function ratingTone(rating: number | null): Tone | undefined {
  if (rating === null || rating === 0) return undefined;
  return rating > 0 ? 'good' : 'bad';
}
