import type { Env } from '../../base/env.js';
import { SOURCE_GROUPS, type SourceGroup } from '../../model/source-group.js';
import type { Tone } from '../../text/style.js';

export type ThemeName = 'dark' | 'light' | 'plain';

/** SGR parameters (ECMA-48 8.3.117); empty for plain text. */
export type Theme = Readonly<Record<Tone | 'selected', string>>;

/** Groups of sources are areas of a bar. Each names both colours, so that its letter is readable on any background. */
const GROUPS: Readonly<Record<SourceGroup, string>> = {
  framework: '37;100',
  tools: '97;44',
  mcp: '97;45',
  skills: '30;42',
  memory: '30;43',
  hooks: '97;41',
  agents: '30;46',
  conversation: '30;47',
  unknown: '7',
};

const WITHOUT_COLOURS = Object.fromEntries(SOURCE_GROUPS.map((group) => [group, ''])) as Record<SourceGroup, string>;

/**
 * The sixteen colours of a terminal follow its palette, which people have made readable on a dark background. On a
 * light one yellow and cyan are hard to read, so the light theme has fixed colours.
 */
export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    ...GROUPS,
    heading: '1',
    dim: '2',
    good: '32',
    warn: '33',
    // Red and blue themselves are too dark in the palettes of xterm, Windows and the Linux console.
    bad: '91',
    accent: '36',
    selected: '38;5;255;48;5;238',
    bar: '94',
    key: '1;36',
  },
  light: {
    ...GROUPS,
    heading: '1',
    dim: '38;5;242',
    good: '38;5;22',
    warn: '38;5;94',
    bad: '38;5;124',
    accent: '38;5;25',
    selected: '38;5;16;48;5;253',
    bar: '38;5;25',
    key: '1;38;5;25',
  },
  /** NO_COLOR forbids colours, not weight: https://no-color.org. */
  plain: {
    ...WITHOUT_COLOURS,
    heading: '1',
    dim: '2',
    good: '',
    warn: '1',
    bad: '1',
    accent: '1',
    selected: '7',
    bar: '',
    key: '1',
  },
};

/**
 * The theme by the terminal's background where it is known, else by COLORFGBG, which rxvt and Konsole set to
 * `<foreground>;<background>` in colours of the palette: 7 and 9 to 15 are light. Without it most terminals are dark.
 * @param backgroundColour the terminal's answer to OSC 11, such as `rgb:ffff/ffff/ffff`
 */
export function themeOf(env: Env, backgroundColour?: string): ThemeName {
  if (env.NO_COLOR || env.TERM === 'dumb') return 'plain';
  const light = backgroundColour === undefined ? null : isLight(backgroundColour);
  if (light !== null) return light ? 'light' : 'dark';
  const background = Number(env.COLORFGBG?.split(';').at(-1) || Number.NaN);
  return background === 7 || (background >= 9 && background <= 15) ? 'light' : 'dark';
}

/** Relative luminance of red, green and blue: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
const BRIGHTNESS = [0.2126, 0.7152, 0.0722];

/** Null for anything but a colour. @param colour as XParseColor writes it: one to four hexadecimal digits a part */
function isLight(colour: string): boolean | null {
  const parts = /^rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(colour)?.slice(1);
  if (parts === undefined) return null;
  const levels = parts.map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
  return levels.reduce((sum, level, index) => sum + level * (BRIGHTNESS[index] ?? 0), 0) > 0.5;
}
