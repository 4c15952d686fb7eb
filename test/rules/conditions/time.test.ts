import { describe, expect, it } from 'vitest';
import { compileTime, parseDays, parseHours, parseMoment } from '../../../src/rules/conditions/time.js';

const at = (iso: string) => Date.parse(iso);

describe('hours', () => {
  it.each([
    ['09:00-17:30', '2026-03-04T09:00:00Z', true],
    ['09:00-17:30', '2026-03-04T17:29:59Z', true],
    ['09:00-17:30', '2026-03-04T17:30:00Z', false],
    ['09:00-17:30', '2026-03-04T08:59:59Z', false],
    ['22:00-06:00', '2026-03-04T23:00:00Z', true],
    ['22:00-06:00', '2026-03-04T05:59:00Z', true],
    ['22:00-06:00', '2026-03-04T06:00:00Z', false],
    ['22:00-06:00', '2026-03-04T12:00:00Z', false],
    ['00:00-24:00', '2026-03-04T00:00:00Z', true],
    ['20:00-24:00', '2026-03-04T23:59:59Z', true],
  ])('%s at %s: %s', (hours, now, expected) => {
    expect(compileTime({ hours, zone: 'UTC' })(at(now))).toBe(expected);
  });

  it('are those of the zone, in summer and in winter', () => {
    const inOslo = compileTime({ hours: '09:00-10:00', zone: 'Europe/Oslo' });
    expect(['07', '08', '09'].map((hour) => inOslo(at(`2026-01-15T${hour}:30:00Z`)))).toEqual([false, true, false]);
    expect(['06', '07', '08'].map((hour) => inOslo(at(`2026-07-15T${hour}:30:00Z`)))).toEqual([false, true, false]);
    expect(compileTime({ hours: '05:30-05:45', zone: 'Asia/Kolkata' })(at('2026-01-01T00:00:00Z'))).toBe(true);
  });

  it.each(['9-17', '25:00-26:00', '09:60-10:00', '09:00-09:00', '', '09:00', '24:00-02:00'])(
    '%j are refused',
    (hours) => {
      expect(() => parseHours(hours)).toThrow('expected hours such as');
    },
  );
});

describe('weekdays', () => {
  it.each([
    [['mon'], ['mon']],
    [['mon-fri'], ['mon', 'tue', 'wed', 'thu', 'fri']],
    [
      ['SAT-mon', 'wed'],
      ['sat', 'sun', 'mon', 'wed'],
    ],
  ])('%j', (days, expected) => {
    expect([...parseDays(days)]).toEqual(expected);
  });

  it('are those of the moment in the zone', () => {
    const wednesday = at('2026-03-04T23:30:00Z');
    expect(compileTime({ weekdays: ['wed'], zone: 'UTC' })(wednesday)).toBe(true);
    expect(compileTime({ weekdays: ['thu'], zone: 'Europe/Oslo' })(wednesday)).toBe(true);
    expect(compileTime({ weekdays: ['wed'], hours: '22:00-06:00', zone: 'UTC' })(at('2026-03-05T01:00:00Z'))).toBe(
      false,
    );
  });

  it.each([['monday'], [''], ['mon-'], ['mon-tues']])('%j are refused', (day) => {
    expect(() => parseDays([day])).toThrow('expected days such as');
  });
});

describe('after and before', () => {
  it.each([
    [{ after: '2026-03-04T12:00:00Z' }, '2026-03-04T12:00:00Z', true],
    [{ after: '2026-03-04T12:00:00Z' }, '2026-03-04T11:59:59Z', false],
    [{ after: '2026-03-04T13:00+01:00' }, '2026-03-04T12:00:00Z', true],
    [{ before: '2026-03-04T12:00:00Z' }, '2026-03-04T12:00:00Z', false],
    [{ before: '2026-03-04T12:00:00Z' }, '2026-03-04T11:59:59Z', true],
    [{ after: '2026-03-04', zone: 'UTC' }, '2026-03-04T00:00:00Z', true],
    [{ after: '2026-03-04', zone: 'Europe/Oslo' }, '2026-03-03T23:00:00Z', true],
    [{ after: '2026-03-04', zone: 'Europe/Oslo' }, '2026-03-03T22:59:59Z', false],
    [{ before: '2026-03-04T13:00:30', zone: 'Europe/Oslo' }, '2026-03-04T12:00:29Z', true],
    [{ before: '2026-03-04T13:00:30', zone: 'Europe/Oslo' }, '2026-03-04T12:00:30Z', false],
  ])('%j at %s: %s', (test, now, expected) => {
    expect(compileTime(test)(at(now))).toBe(expected);
  });

  it.each(['yesterday', '2026-02-30', '2026-13-01', '12:00', '2026-03-04T25:00', '2026-03-04T12:00+99:99', ''])(
    '%j is refused',
    (text) => {
      expect(() => parseMoment(text)).toThrow('expected a time of ISO 8601');
    },
  );
});
