import { describe, expect, it } from 'vitest';
import { rowsOf, standInFor } from '../../../src/tui/panel/painted.js';
import { run } from '../../../src/tui/panel/text/line.js';
import { THEMES, themeOf } from '../../../src/tui/panel/theme.js';

describe('the theme', () => {
  it('follows what the environment tells of the terminal', () => {
    expect(themeOf({})).toBe('dark');
    expect(themeOf({ COLORFGBG: '15;0' })).toBe('dark');
    expect(themeOf({ COLORFGBG: '0;15' })).toBe('light');
    expect(themeOf({ COLORFGBG: '0;default;7' })).toBe('light');
    expect(themeOf({ COLORFGBG: '0;15', NO_COLOR: '1' })).toBe('plain');
    expect(themeOf({ TERM: 'dumb' })).toBe('plain');
  });

  it('takes the word of the terminal before that of the environment', () => {
    expect(themeOf({ COLORFGBG: '15;0' }, 'rgb:ffff/ffff/ffff')).toBe('light');
    expect(themeOf({}, 'rgb:f/d/0')).toBe('light');
    expect(themeOf({ COLORFGBG: '0;15' }, 'rgb:28/2a/36')).toBe('dark');
    expect(themeOf({}, 'rgba:0000/0000/ffff/8000')).toBe('dark');
    expect(themeOf({ COLORFGBG: '0;15' }, 'no colour')).toBe('light');
    expect(themeOf({ NO_COLOR: '1' }, 'rgb:ffff/ffff/ffff')).toBe('plain');
  });

  it('uses no colour where none is wanted', () => {
    expect(Object.values(THEMES.plain).filter((look) => /[34]\d|[34]8;/.test(look))).toEqual([]);
  });
});

describe('rows that stand in for themselves', () => {
  const { dark } = THEMES;

  it('come out of a frame as they were, side by side, each as wide as its part', () => {
    const left = standInFor([run('left', 'good')], dark, 8, false);
    const right = standInFor([run('数据')], dark, 8, false);
    expect(rowsOf(`${left}${right}`)).toEqual(['\x1b[32mleft\x1b[0m    数据']);
  });

  it('are the same for the same row only', () => {
    const one = standInFor([run('row')], dark, 8, false);
    expect(standInFor([run('row')], dark, 8, false)).toBe(one);
    expect(standInFor([run('row')], dark, 9, false)).not.toBe(one);
    expect(standInFor([run('row', 'bad')], dark, 8, false)).not.toBe(one);
    expect(standInFor([run('row')], dark, 8, true)).not.toBe(one);
  });

  it('are never wider than their part', () => {
    expect(rowsOf(standInFor([run('much too long')], dark, 6, false))).toEqual(['much …']);
  });

  it('outlive as many others as there are private characters', () => {
    const last = (text: string) => rowsOf(standInFor([run(text)], dark, 8, false));
    for (let index = 0; index < 20_000; index += 1) standInFor([run(`${index}`)], dark, 8, false);
    expect(last('again')).toEqual(['again']);
    expect(last('19999')).toEqual(['19999']);
    expect(last('1')).toEqual(['1']);
  });
});
