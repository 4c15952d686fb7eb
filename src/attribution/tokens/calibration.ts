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
 * Turns estimates into billed tokens: no public tokenizer matches today's models, and how far it is off differs by kind.
 * Every bill for a group of pieces is one equation in the factors of the kinds. They are learned by Bayesian regression,
 * so that one bill moves them together and many tell them apart.
 */
export interface Calibration {
  /** A group of pieces has cost `total` tokens together; `slack` is the standard deviation of that figure. */
  observe(pieces: readonly Measured[], total: number, slack?: number): void;
  /** Billed tokens to expect for a piece, at least 0. */
  expect(piece: Measured): number;
}

const MAX_MODELS = 20;
/** How far a piece of a kind is off from the factor of its kind. */
const PIECE_SPREAD = 0.06;
/** In standard deviations. */
const MOST_SURPRISE = 3;
/** A factor outside of these is a misunderstanding, not a tokenizer. */
const [LEAST_FACTOR, MOST_FACTOR] = [0.3, 3];
const MOST_FRAMING = 20;

/**
 * Calibrations by model. Models of one generation share a tokenizer, others do not: what is known of the others is where a
 * model starts from, and its own bills win.
 */
export function createCalibrations(): (model: string | null) => Calibration {
  const bills = new RecentMap<string, Evidence>(MAX_MODELS);
  /** Solved when they are asked for: many bills may come between two questions. */
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
        // Base64 and the like are far off whatever their kind: what surprises that much teaches little.
        const believed = variance * Math.max(1, surprise / MOST_SURPRISE ** 2);
        bills.set(model, withEquation(bills.get(model) ?? NO_EVIDENCE, row, total, believed));
        solved.clear();
      },

      expect(piece) {
        const tokens = dot(coefficients([piece]), factorsOf(model).mean);
        if (piece.kind === 'overhead') return Math.max(0, tokens);
        const { estimate } = piece;
        return Math.min(MOST_FACTOR * estimate + MOST_FRAMING, Math.max(LEAST_FACTOR * estimate, tokens));
      },
    };
  };
}
