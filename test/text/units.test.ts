import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDollars,
  formatDuration,
  formatKnownTokens,
  formatPercent,
  formatShortDuration,
  formatSignedDollars,
  formatTime,
  formatTokens,
  markEstimate,
} from '../../src/text/units.js';

describe('figures', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1.0k'],
    [12_345, '12.3k'],
    [999_949, '999.9k'],
    [999_950, '1.00M'],
    [1_240_000, '1.24M'],
    [99_994_999, '99.99M'],
    [102_040_000, '102.0M'],
    [999_950_000, '1.00B'],
    [null, '–'],
  ])('%s tokens: %s', (tokens, text) => expect(formatTokens(tokens)).toBe(text));

  it.each([
    [0, '$0.0000'],
    [0.00004, '<$0.0001'],
    [0.00416, '$0.0042'],
    [0.1, '$0.10'],
    [1.234, '$1.23'],
    [null, '–'],
  ])('%s dollars: %s', (dollars, text) => expect(formatDollars(dollars)).toBe(text));

  it.each([
    [0, ''],
    [0.1 + 0.2 - 0.3, ''],
    [0.00004, '+<$0.0001'],
    [-0.00004, '−<$0.0001'],
    [-0.00416, '−$0.0042'],
    [1.2, '+$1.20'],
    [null, '–'],
  ])('a difference of %s dollars: %s', (dollars, text) => expect(formatSignedDollars(dollars)).toBe(text));

  it.each([
    [102, '~102'],
    [99_949, '~99.9k'],
    [102_345, '~102k'],
    [999_600, '~1M'],
    [1_240_000, '~1.2M'],
    [null, '–'],
  ])('an estimate of %s tokens: %s', (tokens, text) => expect(formatKnownTokens(tokens, true)).toBe(text));

  it('marks an estimate below a bound as about that bound', () => {
    expect(markEstimate(formatDollars(0.00004), true)).toBe('~$0.0001');
  });

  it.each([
    [65_000, '1 m 05 s'],
    [599_499, '9 m 59 s'],
    [754_000, '13 m'],
    [5_969_999, '99 m'],
    [5_970_000, '1.7 h'],
    [null, '–'],
  ])('%s ms in a column: %s', (ms, text) => expect(formatShortDuration(ms)).toBe(text));

  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.5, '1.0 s'],
    [3_449, '3.4 s'],
    [59_949, '59.9 s'],
    [59_950, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [3_599_499, '59 m 59 s'],
    [3_599_500, '1 h 00 m'],
    [32_580_000, '9 h 03 m'],
    [null, '–'],
  ])('%s ms: %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.004, '<1 %'],
    [0.125, '13 %'],
    [1, '100 %'],
    [null, '–'],
  ])('a share of %s: %s', (share, text) => expect(formatPercent(share)).toBe(text));

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KB'],
    [1_048_576, '1.0 MB'],
  ])('%s bytes: %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it("a time has a date unless it is today's", () => {
    const time = new Date(2026, 2, 1, 9, 5, 7);
    expect(formatTime(time, new Date(2026, 2, 1, 23, 59))).toBe('09:05:07');
    expect(formatTime(time, new Date(2026, 2, 2, 0, 1))).toBe('2026-03-01 09:05:07');
  });
});
