import { expect, it } from 'vitest';
import { bar, sparkline } from '../../src/text/bars.js';

it('a sparkline has a character for each value, from a blank for 0 to a full block', () => {
  expect(sparkline([0, 1, 4, 8], 8)).toBe(' ▁▄█');
  expect(sparkline([0, 0], 8)).toBe('  ');
  expect(sparkline([], 8)).toBe('');
});

it('a sparkline that is too short for its values adds up neighbours', () => {
  expect(sparkline([1, 1, 4, 0, 0, 0], 3)).toBe('▄█ ');
  expect(sparkline(Array(24).fill(3), 12)).toBe('█'.repeat(12));
});

it('a bar has its share of the width, in eighths of a character', () => {
  expect(bar(8, 8, 4)).toBe('████');
  expect(bar(4, 8, 4)).toBe('██');
  expect(bar(5, 8, 4)).toBe('██▌');
  expect(bar(0.001, 8, 4)).toBe('▏');
  expect([bar(0, 8, 4), bar(0, 0, 4)]).toEqual(['', '']);
});
