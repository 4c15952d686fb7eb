import { describe, expect, it } from 'vitest';
import { type Part, rowsOf, standInFor } from '../../../src/tui/panel/painted.js';
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

describe('parts of the screen that stand in for themselves', () => {
  const { dark } = THEMES;
  const part = (...texts: string[]): Part => ({
    lines: texts.map((text) => [run(text)]),
    width: 8,
    height: texts.length,
  });

  it('come out of a frame as they were, side by side, each as wide as its part', () => {
    const left = standInFor({ lines: [[run('left', 'good')], [run('below')]], width: 8, height: 2 }, dark);
    const right = standInFor({ lines: [[run('数据')], [run('right')]], width: 8, height: 3 }, dark);
    expect(rowsOf(`${left}${right}\n\n`)).toEqual(['\x1b[32mleft\x1b[0m    数据', 'below   right', '']);
  });

  it('come out one below the other', () => {
    const upper = standInFor(part('one', 'two'), dark);
    const lower = standInFor(part('three'), dark);
    expect(rowsOf(`${upper}\n\n${lower}`)).toEqual(['one', 'two', 'three']);
  });

  it('are the same for the same rows only', () => {
    const one = standInFor(part('row'), dark);
    expect(standInFor(part('row'), dark)).toBe(one);
    expect(standInFor({ ...part('row'), width: 9 }, dark)).not.toBe(one);
    expect(standInFor({ ...part('row'), height: 2 }, dark)).not.toBe(one);
    expect(standInFor({ ...part('row'), selected: 0 }, dark)).not.toBe(one);
    expect(standInFor({ ...part('row'), lines: [[run('row', 'bad')]] }, dark)).not.toBe(one);
  });

  it('are never wider than their part', () => {
    expect(rowsOf(standInFor({ ...part('much too long'), width: 6 }, dark))).toEqual(['much …']);
  });

  it('outlive as many others as there are private characters, while they are in use', () => {
    const head = standInFor(part('head'), dark);
    for (let index = 0; index < 1_000; index += 1) {
      standInFor(part(`${index}`), dark);
      expect(standInFor(part('head'), dark)).toBe(head);
    }
    expect(rowsOf(head)).toEqual(['head']);
    expect(rowsOf(standInFor(part('999'), dark))).toEqual(['999']);
    expect(rowsOf(standInFor(part('0'), dark))).toEqual(['0']);
  });
});
