import type { TextProps } from 'ink';

/** What a piece of text means to its reader: the tones of the plain commands (cli/format/style.ts), and those of a screen. */
export type Tone = 'heading' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'selected' | 'bar' | 'key';

export type ThemeName = 'dark' | 'light' | 'plain';

export type Look = Pick<TextProps, 'color' | 'bold' | 'dimColor' | 'inverse' | 'underline'>;

export type Theme = Readonly<Record<Tone, Look>>;

/**
 * The one place where meanings become looks. The sixteen colours of a terminal follow its own palette, which people have
 * made readable on their dark background; on a light one yellow and cyan are not, so those are fixed colours there.
 */
export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    heading: { bold: true },
    dim: { dimColor: true },
    good: { color: 'green' },
    warn: { color: 'yellow' },
    bad: { color: 'red' },
    accent: { color: 'cyan' },
    selected: { inverse: true },
    bar: { color: 'blue' },
    key: { color: 'cyan', bold: true },
  },
  light: {
    heading: { bold: true },
    dim: { color: 'ansi256(242)' },
    good: { color: 'ansi256(28)' },
    warn: { color: 'ansi256(130)' },
    bad: { color: 'ansi256(124)' },
    accent: { color: 'ansi256(25)' },
    selected: { inverse: true },
    bar: { color: 'ansi256(25)' },
    key: { color: 'ansi256(25)', bold: true },
  },
  /** NO_COLOR forbids colours, not weight: https://no-color.org. */
  plain: {
    heading: { bold: true },
    dim: { dimColor: true },
    good: {},
    warn: { bold: true },
    bad: { bold: true },
    accent: { underline: true },
    selected: { inverse: true },
    bar: {},
    key: { bold: true },
  },
};

/**
 * By what the environment tells. COLORFGBG is `<foreground>;<background>` in colours of the palette, as rxvt and Konsole set
 * it: 7 and 9 to 15 are light. Without it most terminals are dark.
 */
export function themeOf(env: Readonly<Record<string, string | undefined>>): ThemeName {
  if (env.NO_COLOR || env.TERM === 'dumb') return 'plain';
  const background = Number(env.COLORFGBG?.split(';').at(-1) || Number.NaN);
  return background === 7 || (background >= 9 && background <= 15) ? 'light' : 'dark';
}
