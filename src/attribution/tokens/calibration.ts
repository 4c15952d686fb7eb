import { RecentMap } from '../../base/recent-map.js';
import { dot, times } from './matrix.js';
import {
  coefficients,
  type Evidence,
  type Factors,
  joined,
  learned,
  type Measured,
  NO_EVIDENCE,
  ofAnotherModel,
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
  /** Billed tokens to expect for a piece, at least 0. */
  expect(piece: Measured): number;
}

const MAX_MODELS = 20;
/** Relative standard deviation of a piece from the factor of its kind. */
const PIECE_SPREAD = 0.06;
/** In standard deviations. */
const MAX_SURPRISE = 3;
/** No tokenizer has a factor outside these. */
const [MIN_FACTOR, MAX_FACTOR] = [0.3, 3];
const MAX_FRAMING = 20;

/**
 * Calibrations by model. Only models of one generation share a tokenizer: a model starts from what is known about the others,
 * and its own bills win.
 */
export function createCalibrations(): (model: string | null) => Calibration {
  const bills = new RecentMap<string, Evidence>(MAX_MODELS);
  /** Solved on demand: many bills may come between two uses. */
  const solved = new Map<string, Factors>();

  const factorsOf = (model: string): Factors => {
    const known = solved.get(model) ?? learned(startOf(model), bills.get(model) ?? NO_EVIDENCE);
    solved.set(model, known);
    return known;
  };
  const startOf = (model: string): Factors => {
    const others = bills.entries().filter(([other]) => other !== model);
    return others.length === 0 ? UNBILLED : ofAnotherModel(learned(UNBILLED, joined(others.map(([, each]) => each))));
  };

  return (given) => {
    const model = given ?? '';
    return {
      observe(pieces, total, slack = 0) {
        const row = coefficients(pieces);
        const spread = pieces.reduce((sum, { estimate }) => sum + (PIECE_SPREAD * estimate) ** 2, 0);
        const variance = spread + slack ** 2 + 1;
        const { mean, covariance } = factorsOf(model);
        const surprise = (total - dot(row, mean)) ** 2 / (variance + dot(row, times(covariance, row)));
        // Base64 and the like are far from any factor: a surprising bill gets little weight.
        const trustedVariance = variance * Math.max(1, surprise / MAX_SURPRISE ** 2);
        bills.set(model, withEquation(bills.get(model) ?? NO_EVIDENCE, row, total, trustedVariance));
        solved.clear();
      },

      expect(piece) {
        const tokens = dot(coefficients([piece]), factorsOf(model).mean);
        if (piece.kind === 'overhead') return Math.max(0, tokens);
        const { estimate } = piece;
        return Math.min(MAX_FACTOR * estimate + MAX_FRAMING, Math.max(MIN_FACTOR * estimate, tokens));
      },
    };
  };
}
