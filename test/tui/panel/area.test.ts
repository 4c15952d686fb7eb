import { describe, expect, it } from 'vitest';
import { fragment } from '../../../src/text/line.js';
import { type Area, paint } from '../../../src/tui/panel/area.js';
import { THEMES } from '../../../src/tui/panel/theme.js';

const { dark } = THEMES;
const area = (...texts: string[]): Area => ({
  lines: texts.map((text) => [fragment(text)]),
  width: 8,
  height: texts.length,
});

describe('paint', () => {
  it('puts the areas of a band side by side, each as wide as it should be', () => {
    const left: Area = { lines: [[fragment('left', 'good')], [fragment('below')]], width: 8, height: 3 };
    const right: Area = { lines: [[fragment('数据')], [fragment('right')]], width: 8, height: 3 };
    expect(paint([[left, right]], dark)).toEqual(['\x1b[32mleft\x1b[0m    数据', 'below   right', '        ']);
  });

  it('puts bands one below the other', () => {
    expect(paint([[area('one', 'two')], [area('three')]], dark)).toEqual(['one', 'two', 'three']);
  });

  it('cuts lines that are wider than their area, and lines below it', () => {
    expect(paint([[{ ...area('much too long', 'hidden'), width: 6, height: 1 }]], dark)).toEqual(['much …']);
  });

  it('highlights the selected row over its whole width', () => {
    const selected: Area = { ...area('row'), lines: [[fragment('r', 'dim'), fragment('ow', 'bad')]], selected: 0 };
    expect(paint([[selected]], dark)).toEqual([
      `\x1b[${dark.selected}mr\x1b[0m\x1b[${dark.selected};${dark.bad}mow\x1b[0m\x1b[${dark.selected}m     \x1b[0m`,
    ]);
  });

  it('shows control characters as symbols', () => {
    expect(paint([[area('a\x1b[2J')]], dark)).toEqual(['a�[2J']);
  });
});
