import { afterEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { parseTimeArgument } from '../../../src/cli/options/time-argument.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const parse = (text: string) => parseTimeArgument(text, 'since', NOW);

describe('parseTimeArgument', () => {
  it.each([
    ['90s', '2026-03-01T11:58:30.000Z'],
    ['30m', '2026-03-01T11:30:00.000Z'],
    ['2h', '2026-03-01T10:00:00.000Z'],
    ['1.5h', '2026-03-01T10:30:00.000Z'],
    ['7d', '2026-02-22T12:00:00.000Z'],
    ['1w', '2026-02-22T12:00:00.000Z'],
    ['0s', '2026-03-01T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.123+02:00', '2026-01-31T10:00:00.123Z'],
    ['2026-02-28T23:30-05:00', '2026-03-01T04:30:00.000Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parse(text)).toISOString()).toBe(expected);
  });

  it.each([
    ['2026-01-31', new Date(2026, 0, 31)],
    ['2026-01-31T12:30', new Date(2026, 0, 31, 12, 30)],
    ['today', new Date(new Date(NOW).setHours(0, 0, 0, 0))],
    ['yesterday', new Date(new Date(NOW - 86_400_000).setHours(0, 0, 0, 0))],
  ])('%s, without a time zone, is local: %s', (text, expected) => {
    expect(parse(text)).toBe(expected.getTime());
  });

  it.each([
    '',
    'Yesterday',
    'tomorrow',
    '2',
    'h',
    '-2h',
    '2 h',
    '2y',
    '12:00',
    '2026',
    '2026-13-01',
    '2026-01-31T25:00',
    '1e3s',
    '99999999999999999999d',
    '2026-02-30',
    '2026-02-29T12:00Z',
    '2026-04-31',
    '2026-00-10',
    '2026-01-00',
    '2026-01-31T24:00',
    '2026-01-31T12:60',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12:00+25:00',
    '2026-01-31 (noon)',
    '5',
  ])('%j is refused with the name of the option and the accepted forms', (text) => {
    expect(() => parse(text)).toThrow(UsageError);
    expect(() => parse(text)).toThrow(`--since: "${text}" is not a time; give ISO 8601`);
  });
});

describe('where clocks are put forward', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('a time that clocks skip is refused', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(() => parse('2026-03-29T02:30')).toThrow(/"2026-03-29T02:30" is not a time;.*Clocks are put forward/);
    expect(new Date(parse('2026-03-29T03:00')).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    expect(new Date(parse('2026-10-25T02:30')).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(new Date(parse('2026-03-29T02:30Z')).toISOString()).toBe('2026-03-29T02:30:00.000Z');
  });

  it("a day that begins at one o'clock is accepted", () => {
    vi.stubEnv('TZ', 'America/Sao_Paulo');
    expect(new Date(parse('2018-11-04')).toISOString()).toBe('2018-11-04T03:00:00.000Z');
  });
});
