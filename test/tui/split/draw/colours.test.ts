import { describe, expect, it } from 'vitest';
import { type Colour, colourParams } from '../../../../src/tui/split/draw/colours.js';

const rgb = (value: number): Colour => ({ palette: 'rgb', value });

describe('colourParams', () => {
  it.each<[string, Colour, string, string, string]>([
    ['orange', rgb(0xd77757), '38;2;215;119;87', '38;5;173', '91'],
    ['a light grey', rgb(0x999999), '38;2;153;153;153', '38;5;247', '37'],
    ['a dark grey', rgb(0x505050), '38;2;80;80;80', '38;5;239', '90'],
    ['black', rgb(0), '38;2;0;0;0', '38;5;16', '30'],
    ['white', rgb(0xffffff), '38;2;255;255;255', '38;5;231', '97'],
    ['a dark blue', rgb(0x0000aa), '38;2;0;0;170', '38;5;19', '34'],
    ['a colour of 256', { palette: 256, value: 208 }, '38;5;208', '38;5;208', '93'],
    ['a grey of 256', { palette: 256, value: 240 }, '38;5;240', '38;5;240', '90'],
    ['one of the first 16 by its long name', { palette: 256, value: 9 }, '38;5;9', '38;5;9', '91'],
    ['one of 16', { palette: 16, value: 12 }, '94', '94', '94'],
  ])('shows %s in what there is', (_, colour, all, many, few) => {
    expect(colourParams(colour, 30, 'rgb')).toBe(all);
    expect(colourParams(colour, 30, 256)).toBe(many);
    expect(colourParams(colour, 30, 16)).toBe(few);
    expect(colourParams(colour, 30, 'none')).toBe('');
  });

  it('uses other numbers for backgrounds', () => {
    expect(colourParams(rgb(0xd77757), 40, 256)).toBe('48;5;173');
    expect(colourParams(rgb(0xd77757), 40, 16)).toBe('101');
    expect(colourParams({ palette: 16, value: 1 }, 40, 16)).toBe('41');
  });
});
