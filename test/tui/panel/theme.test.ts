import { describe, expect, it } from 'vitest';
import { THEMES, themeOf } from '../../../src/tui/panel/theme.js';

describe('the theme', () => {
  it('follows COLORFGBG, NO_COLOR and TERM', () => {
    expect(themeOf({})).toBe('dark');
    expect(themeOf({ COLORFGBG: '15;0' })).toBe('dark');
    expect(themeOf({ COLORFGBG: '0;15' })).toBe('light');
    expect(themeOf({ COLORFGBG: '0;default;7' })).toBe('light');
    expect(themeOf({ COLORFGBG: '0;15', NO_COLOR: '1' })).toBe('plain');
    expect(themeOf({ TERM: 'dumb' })).toBe('plain');
  });

  it("prefers the terminal's answer to COLORFGBG", () => {
    expect(themeOf({ COLORFGBG: '15;0' }, 'rgb:ffff/ffff/ffff')).toBe('light');
    expect(themeOf({}, 'rgb:f/d/0')).toBe('light');
    expect(themeOf({ COLORFGBG: '0;15' }, 'rgb:28/2a/36')).toBe('dark');
    expect(themeOf({}, 'rgba:0000/0000/ffff/8000')).toBe('dark');
    expect(themeOf({ COLORFGBG: '0;15' }, 'no colour')).toBe('light');
    expect(themeOf({ NO_COLOR: '1' }, 'rgb:ffff/ffff/ffff')).toBe('plain');
  });

  it.each([
    ['light', '#ffffff', 4.5],
    ['light', '#fdf6e3', 4.5],
    ['light', '#eff1f5', 4.5],
    ['dark', '#000000', 3],
    ['dark', '#1e1e1e', 3],
    ['dark', '#002b36', 3],
    ['dark', '#282a36', 3],
  ] as const)('%s is readable on %s', (theme, background, least) => {
    const poor = Object.entries(THEMES[theme]).flatMap(([tone, look]) => {
      const { text, area } = coloursOf(look);
      const ratio = text === null ? null : contrast(text, area ?? background);
      // Letters of the groups are on an area of their own in the terminal's palette.
      const wanted = area === null ? least : 3;
      return ratio === null || ratio >= wanted ? [] : [`${tone} ${ratio.toFixed(1)}`];
    });
    expect(poor).toEqual([]);
  });

  it('has no colours when it is plain', () => {
    expect(Object.values(THEMES.plain).filter((look) => /[34]\d|[34]8;/.test(look))).toEqual([]);
  });
});

/** The sixteen colours as xterm has them: https://en.wikipedia.org/wiki/ANSI_escape_code#Colors */
const PALETTE = [
  ...['#000000', '#cd0000', '#00cd00', '#cdcd00', '#0000ee', '#cd00cd', '#00cdcd', '#e5e5e5'],
  ...['#7f7f7f', '#ff0000', '#00ff00', '#ffff00', '#5c5cff', '#ff00ff', '#00ffff', '#ffffff'],
];

/** The colours of SGR parameters; null where they set none. */
function coloursOf(look: string): { text: string | null; area: string | null } {
  const found: { text: string | null; area: string | null } = { text: null, area: null };
  const numbers = look.split(';').map(Number);
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0;
    if (number === 38 || number === 48) {
      found[number === 38 ? 'text' : 'area'] = indexed(numbers[at + 2] ?? 0);
      at += 2;
    }
    for (const [first, key, bright] of [
      [30, 'text', 0],
      [90, 'text', 8],
      [40, 'area', 0],
      [100, 'area', 8],
    ] as const) {
      if (number >= first && number < first + 8) found[key] = PALETTE[number - first + bright] ?? null;
    }
  }
  return found;
}

/** Of the 256 colours: a cube of six levels, and 24 greys. */
function indexed(index: number): string {
  if (index < 16) return PALETTE[index] ?? '';
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const parts =
    index >= 232
      ? [0, 0, 0].map(() => 8 + 10 * (index - 232))
      : [36, 6, 1].map((unit) => level(Math.floor((index - 16) / unit) % 6));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  return [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
    const level = Number.parseInt(colour.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
    return sum + weight * (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4);
  }, 0);
}
