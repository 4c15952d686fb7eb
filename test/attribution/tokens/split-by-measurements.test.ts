import { describe, expect, it } from 'vitest';
import { createCalibrations } from '../../../src/attribution/tokens/calibration.js';
import { areContradicted } from '../../../src/attribution/tokens/contradictions.js';
import { measurementKey } from '../../../src/attribution/tokens/measurements.js';
import { splitByMeasurements } from '../../../src/attribution/tokens/split-by-measurements.js';
import type { Member, TokenGroup } from '../../../src/attribution/tokens/token-group.js';

const member = (hash: string, estimate: number): Member => {
  return { key: hash, hash, kind: 'text', estimate, foreign: 0, dense: 0, opens: true };
};
const group = (members: Member[], total: number, known: TokenGroup['known'] = 'scaled'): TokenGroup => {
  return { members, total, slack: 0, known };
};

function calibrationWith(tokens: Record<string, number>) {
  const measured = Object.entries(tokens).map(([hash, count]): [string, { tokens: number; known: 'exact' }] => {
    return [measurementKey({ kind: 'text', hash, opens: true }) ?? '', { tokens: count, known: 'exact' }];
  });
  return createCalibrations(() => new Map(measured))('quorn-1');
}

const totals = (groups: readonly TokenGroup[]) =>
  groups.map(({ members, total, known }) => [members.length, total, known]);

describe('a group with measured members', () => {
  const [a, b, c] = [member('a', 100), member('b', 300), member('c', 50)];

  it('is split into each measured member alone, and the others with the rest of the total', () => {
    const groups = splitByMeasurements(group([a, b, c], 520), calibrationWith({ a: 120, b: 330 }));
    expect(totals(groups)).toEqual([
      [1, 120, 'exact'],
      [1, 330, 'exact'],
      [1, 70, 'exact'],
    ]);
  });

  it('keeps its total if all were measured: framing is divided among them', () => {
    const groups = splitByMeasurements(group([a, b], 460), calibrationWith({ a: 120, b: 330 }));
    expect(groups.reduce((sum, { total }) => sum + total, 0)).toBe(460);
    expect(totals(groups)).toEqual([
      [1, 123, 'exact'],
      [1, 337, 'exact'],
    ]);
  });

  it('leaves the shares of several unmeasured members as they were known', () => {
    const groups = splitByMeasurements(group([a, b, c], 520), calibrationWith({ a: 120 }));
    expect(totals(groups)).toEqual([
      [1, 120, 'exact'],
      [2, 400, 'scaled'],
    ]);
  });

  it.each([
    { why: 'leaves nothing for the others', total: 300, measured: { a: 120, b: 330 } },
    { why: 'is far from what all members measure', total: 900, measured: { a: 120, b: 330, c: 60 } },
  ])('stays as it is when its total $why: something else was counted', ({ total, measured }) => {
    const one = group([a, b, c], total);
    expect(splitByMeasurements(one, calibrationWith(measured))).toEqual([one]);
  });
});

describe('the measurements of a request', () => {
  const [a, b, c] = [member('a', 1000), member('b', 900), member('c', 50)];
  const measured = { a: 1010, b: 890, c: 52 };

  it.each<{ why: string; groups: TokenGroup[]; measured?: Record<string, number>; contradicted: boolean }>([
    { why: 'agree with its groups', groups: [group([a, b], 1903), group([c], 52)], contradicted: false },
    { why: 'exceed a small group only', groups: [group([a, b], 1903), group([c], 20)], contradicted: false },
    { why: 'exceed most of its tokens', groups: [group([a, b], 1700), group([c], 52)], contradicted: true },
    { why: 'leave too much', groups: [group([a, b], 2100), group([c], 52)], contradicted: true },
    {
      why: 'leave too little for another piece',
      groups: [group([a, b], 1100)],
      measured: { a: 1010 },
      contradicted: true,
    },
    {
      why: 'leave anything for a document',
      groups: [group([a, { ...b, kind: 'document' }], 90_000)],
      measured: { a: 1010 },
      contradicted: false,
    },
    {
      why: 'are far from what is expected, beside a document',
      groups: [group([a, { ...b, kind: 'document' }], 90_000)],
      measured: { a: 0 },
      contradicted: true,
    },
    {
      why: 'contradict the sum of uncertain groups',
      groups: [
        { ...group([a], 900), slack: 200 },
        { ...group([b], 500), slack: 300 },
      ],
      contradicted: true,
    },
  ])('$why: $contradicted', ({ groups, contradicted, ...given }) => {
    expect(areContradicted(groups, calibrationWith(given.measured ?? measured))).toBe(contradicted);
  });
});

describe('a calibration with measurements', () => {
  it('expects the measured tokens for a measured piece, and learns from them for others of its kind', () => {
    const many = Array.from({ length: 6 }, (_, index) => member(`m${index}`, 200 + 100 * index));
    const calibration = calibrationWith(Object.fromEntries(many.map(({ key, estimate }) => [key, 1.3 * estimate])));
    expect(calibration.expect(member('m1', 300))).toBe(390);
    expect(calibration.expect(member('new', 1000))).toBeLessThan(1010);
    calibration.observeMeasured(many);
    expect(calibration.expect(member('new', 1000))).toBeGreaterThan(1270);
  });

  it('learns from the rest of a bill for pieces that were not measured', () => {
    const calibration = calibrationWith({ a: 5000 });
    for (let turn = 0; turn < 4; turn++) calibration.observe([member('a', 100), member('b', 1000)], 6300);
    expect(calibration.expect(member('b', 1000))).toBeGreaterThan(1250);
  });
});
