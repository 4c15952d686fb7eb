import { describe, expect, test } from 'vitest';
import { createCalibrations } from '../../../src/attribution/tokens/calibration.js';
import type { TokenKind } from '../../../src/attribution/tokens/token-kind.js';

/** The tokenizer to find out: factors by kind, 4 tokens around each piece, 250 for tools. */
const FACTORS: Partial<Record<TokenKind, number>> = { definition: 1.25, system: 1.05, text: 0.9, result: 1.1 };
const piece = (kind: TokenKind, estimate: number) => ({ kind, estimate, foreign: 0, dense: 0, opens: true });
const bill = (pieces: readonly { kind: TokenKind; estimate: number }[]): number =>
  pieces.reduce(
    (sum, { kind, estimate }) => sum + (kind === 'overhead' ? 250 * estimate : (FACTORS[kind] ?? 1) * estimate + 4),
    0,
  );

describe('a calibration', () => {
  test('expects what cl100k counts, before any bill', () => {
    expect(createCalibrations()('quorn-1').expect(piece('result', 1000))).toBeCloseTo(1001, 0);
    expect(createCalibrations()('quorn-1').expect(piece('text', 0))).toBe(0);
    expect(createCalibrations()('quorn-1').expect(piece('overhead', 1))).toBe(0);
  });

  test('separates the kinds once bills hold them in different mixtures', () => {
    const calibration = createCalibrations()('quorn-1');
    for (let turn = 1; turn <= 6; turn++) {
      const mixtures = [
        [
          piece('overhead', 1),
          piece('definition', 3000 + 500 * turn),
          piece('system', 2000),
          piece('text', 100 * turn),
        ],
        [piece('system', 400 * turn), piece('text', 900)],
        [piece('result', 300 * turn)],
        [piece('text', 20 * turn)],
      ];
      for (const mixture of mixtures) calibration.observe(mixture, bill(mixture));
    }
    for (const kind of ['definition', 'system', 'text', 'result'] as const) {
      const truth = bill([piece(kind, 2000)]);
      expect(Math.abs(calibration.expect(piece(kind, 2000)) / truth - 1)).toBeLessThan(0.05);
    }
  });

  test('one bill moves all kinds, those of its family most', () => {
    const calibration = createCalibrations()('quorn-1');
    calibration.observe([piece('text', 1000)], 1300);
    const moved = (kind: TokenKind) => calibration.expect(piece(kind, 1000)) - 1000;
    expect(moved('text')).toBeGreaterThan(moved('system'));
    expect(moved('system')).toBeGreaterThan(moved('definition'));
    expect(moved('definition')).toBeGreaterThan(50);
  });

  test('a text unlike its kind teaches little', () => {
    const calibration = createCalibrations()('quorn-1');
    for (let turn = 1; turn <= 5; turn++) calibration.observe([piece('result', 1000 * turn)], 1100 * turn);
    calibration.observe([piece('result', 5000)], 20_000);
    expect(calibration.expect(piece('result', 1000))).toBeLessThan(1200);
  });
});

describe('calibrations by model', () => {
  test('a model without a bill starts from the others, and its own bills win', () => {
    const of = createCalibrations();
    for (let turn = 1; turn < 5; turn++) of('quorn').observe([piece('text', 1000 * turn)], 1200 * turn);
    const hinted = of('zoft').expect(piece('text', 1000));
    expect(hinted).toBeGreaterThan(1100);
    for (let turn = 1; turn < 5; turn++) of('zoft').observe([piece('text', 1000 * turn)], 900 * turn);
    expect(Math.abs(of('zoft').expect(piece('text', 1000)) - 900)).toBeLessThan(70);
    expect(Math.abs(of('quorn').expect(piece('text', 1000)) - 1200)).toBeLessThan(70);
  });
});
