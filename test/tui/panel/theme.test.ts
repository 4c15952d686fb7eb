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

  it('has no colours when it is plain', () => {
    expect(Object.values(THEMES.plain).filter((look) => /[34]\d|[34]8;/.test(look))).toEqual([]);
  });
});
