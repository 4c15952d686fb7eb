/** What a piece of text means to its reader: the tones of the plain commands (cli/format/style.ts), and those of a screen. */
export type Tone = 'heading' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'selected' | 'bar' | 'key';

export type ThemeName = 'dark' | 'light' | 'plain';

/** Parameters of SGR (ECMA-48 8.3.117); empty: as it is. */
export type Theme = Readonly<Record<Tone, string>>;

/**
 * The one place where meanings become looks. The sixteen colours of a terminal follow its own palette, which people have
 * made readable on their dark background; on a light one yellow and cyan are not, so those are fixed colours there.
 */
export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    heading: '1',
    dim: '2',
    good: '32',
    warn: '33',
    bad: '31',
    accent: '36',
    selected: '38;5;255;48;5;238',
    bar: '34',
    key: '1;36',
  },
  light: {
    heading: '1',
    dim: '38;5;242',
    good: '38;5;28',
    warn: '38;5;130',
    bad: '38;5;124',
    accent: '38;5;25',
    selected: '38;5;16;48;5;253',
    bar: '38;5;25',
    key: '1;38;5;25',
  },
  /** NO_COLOR forbids colours, not weight: https://no-color.org. */
  plain: {
    heading: '1',
    dim: '2',
    good: '',
    warn: '1',
    bad: '1',
    accent: '4',
    selected: '7',
    bar: '',
    key: '1',
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
