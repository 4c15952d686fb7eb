import { RecentMap } from '../../base/recent-map.js';
import type { Measurement, Measurements } from '../../model/measurement.js';
import { dot, times } from './matrix.js';
import { measurementKey, NOTHING_MEASURED } from './measurements.js';
import {
  coefficients,
  type Evidence,
  type Factors,
  joined,
  learned,
  type Measured,
  NO_EVIDENCE,
  ofAnotherModel,
  tokensBy,
  UNBILLED,
  withEquation,
} from './token-factors.js';

/**
 * Turns estimates into billed tokens: no public tokenizer matches today's models, and its error differs by kind of text.
 * Every bill for a group of pieces is one equation in the factors of the kinds. They are learned by Bayesian regression:
 * one bill moves them together, and many bills separate them.
 */
export interface Calibration {
  /** A group of pieces has cost `total` tokens together; `slack` is the standard deviation of that figure. */
  observe(pieces: readonly Measured[], total: number, slack?: number): void;
  /** Learns from the measured ones among these pieces. */
  observeMeasured(pieces: readonly Measured[]): void;
  /** The measurement of a piece, or null. */
  measured(piece: Measured): Measurement | null;
  /** Billed tokens to expect for a piece, at least 0: the measured ones, if there are any. */
  expect(piece: Measured): number;
  /** Whether its model has measurements. */
  hasMeasurements: boolean;
  /** The same calibration without measurements. */
  withoutMeasurements(): Calibration;
  /** The same calibration, which learns nothing. */
  withoutLearning(): Calibration;
}

const MAX_MODELS = 20;
/** Relative standard deviation of a piece from the factor of its kind. */
const PIECE_SPREAD = 0.06;
/** In standard deviations. */
const MAX_SURPRISE = 3;
/** No tokenizer has a factor outside these. */
const [MIN_FACTOR, MAX_FACTOR] = [0.3, 3];
const MAX_FRAMING = 20;
/** Maximum number of measured pieces of each model that are remembered, so that each is learned from once. */
const MAX_LEARNED = 20_000;

/**
 * Calibrations by model. Only models of one generation share a tokenizer: a model starts from what is known about the others,
 * and its own bills win.
 *
 * @param measurementsOf the measurements of a model
 */
export function createCalibrations(
  measurementsOf: (model: string) => Measurements = () => NOTHING_MEASURED,
): (model: string | null) => Calibration {
  const bills = new RecentMap<string, Evidence>(MAX_MODELS);
  /** Solved on demand: many bills may come between two uses. */
  const solved = new Map<string, Factors>();
  const learnedFrom = new RecentMap<string, RecentMap<string, true>>(MAX_MODELS);

  const factorsOf = (model: string): Factors => {
    const known = solved.get(model) ?? learned(startOf(model), bills.get(model) ?? NO_EVIDENCE);
    solved.set(model, known);
    return known;
  };
  const startOf = (model: string): Factors => {
    const others = bills.entries().filter(([other]) => other !== model);
    return others.length === 0 ? UNBILLED : ofAnotherModel(learned(UNBILLED, joined(others.map(([, each]) => each))));
  };

  const calibrationOf = (model: string, measurements: Measurements, learns: boolean): Calibration => {
    const measured = (piece: Measured): Measurement | null => {
      const key = measurements.size === 0 ? null : measurementKey(piece);
      return key === null ? null : (measurements.get(key) ?? null);
    };
    const observe = (pieces: readonly Measured[], total: number, slack: number) => {
      if (!learns) return;
      const row = coefficients(pieces);
      const spread = pieces.reduce((sum, { estimate }) => sum + (PIECE_SPREAD * estimate) ** 2, 0);
      const variance = spread + slack ** 2 + 1;
      const { mean, covariance } = factorsOf(model);
      const surprise = (total - dot(row, mean)) ** 2 / (variance + dot(row, times(covariance, row)));
      // Base64 and the like are far from any factor: a surprising bill gets little weight.
      const trustedVariance = variance * Math.max(1, surprise / MAX_SURPRISE ** 2);
      bills.set(model, withEquation(bills.get(model) ?? NO_EVIDENCE, row, total, trustedVariance));
      solved.clear();
    };
    return {
      measured,
      hasMeasurements: measurements.size > 0,
      withoutMeasurements: () => calibrationOf(model, NOTHING_MEASURED, learns),
      withoutLearning: () => calibrationOf(model, measurements, false),

      observe(pieces, total, slack = 0) {
        const others = pieces.filter((piece) => measured(piece) === null);
        const known = pieces.reduce((sum, piece) => sum + (measured(piece)?.tokens ?? 0), 0);
        if (others.length > 0 && known <= total) observe(others, total - known, slack);
      },

      observeMeasured(pieces) {
        if (!learns) return;
        const before = learnedFrom.take(model, () => new RecentMap(MAX_LEARNED));
        for (const piece of pieces) {
          const measurement = measured(piece);
          const key = measurement?.known === 'exact' ? measurementKey(piece) : null;
          if (measurement === null || key === null || before.get(key)) continue;
          before.set(key, true);
          observe([piece], measurement.tokens, 0);
        }
      },

      expect(piece) {
        const measurement = measured(piece);
        if (measurement !== null) return measurement.tokens;
        const tokens = tokensBy(factorsOf(model).mean, piece);
        if (piece.kind === 'overhead') return Math.max(0, tokens);
        const { estimate } = piece;
        return Math.min(MAX_FACTOR * estimate + MAX_FRAMING, Math.max(MIN_FACTOR * estimate, tokens));
      },
    };
  };

  return (model) => calibrationOf(model ?? '', measurementsOf(model ?? ''), true);
}
