import { add, invert, type Matrix, times } from './matrix.js';
import { TOKEN_KINDS, type TokenKind } from './token-kind.js';

/**
 * The unknowns of a calibration, by column: the billed tokens of one estimated token of each kind (for the overhead, its
 * billed tokens); how many more those of foreign script and of dense runs cost; the framing tokens around each block, and
 * around each definition of a tool.
 */
const COLUMNS = [...TOKEN_KINDS, 'foreign', 'dense', 'framing', 'tool framing'] as const;
type Column = (typeof COLUMNS)[number];

/** The index of each column. */
const INDEX = Object.fromEntries(COLUMNS.map((column, index) => [column, index])) as Record<Column, number>;

export interface Factors {
  mean: readonly number[];
  covariance: Matrix;
}

/** Evidence from bills: sums over their equations, weighted by their precision. */
export interface Evidence {
  precision: Matrix;
  weighted: readonly number[];
}

/** The estimate of a piece: its kind and the tokens that cl100k counts. */
export interface Measured {
  kind: TokenKind;
  estimate: number;
  /** The part of the estimate that is foreign script, and the part that is dense runs. */
  foreign: number;
  dense: number;
  /** It begins a block. */
  opens: boolean;
  /** Hex SHA-256 of its content; without it, the piece has no measurement. */
  hash?: string | undefined;
}

interface Spreads {
  shared: number;
  family: number;
  own: number;
  shape: number;
  framing: number;
  toolFraming: number;
  overhead: number;
}

/** Standard deviations before any bill: factors are about 1, and their errors are shared, by family and individual. */
const BEFORE_BILLS: Spreads = {
  shared: 0.25,
  family: 0.12,
  own: 0.06,
  shape: 0.3,
  framing: 3,
  toolFraming: 4,
  overhead: 250,
};
/** Standard deviations of one model's factors from another's. */
const BETWEEN_MODELS: Spreads = {
  shared: 0.1,
  family: 0.03,
  own: 0.02,
  shape: 0.1,
  framing: 1,
  toolFraming: 1,
  overhead: 50,
};
const FRAMING_TOKENS = 1;
/** The API puts more around a definition than around a block. */
const TOOL_FRAMING_TOKENS = 4;
/** Kinds with similar text: bills for one also move the factors of the others. */
const FAMILIES: Readonly<Record<Exclude<TokenKind, 'overhead'>, string>> = {
  system: 'prose',
  text: 'prose',
  answer: 'prose',
  thinking: 'prose',
  definition: 'json',
  call: 'json',
  result: 'result',
  image: 'image',
  document: 'document',
};

export const UNBILLED: Factors = { mean: COLUMNS.map(meanBeforeBills), covariance: covarianceOf(BEFORE_BILLS) };

export const NO_EVIDENCE: Evidence = {
  precision: COLUMNS.map(() => COLUMNS.map(() => 0)),
  weighted: COLUMNS.map(() => 0),
};

/** The coefficients of the factors in the tokens of a group of pieces. */
export function coefficients(pieces: readonly Measured[]): number[] {
  const row = COLUMNS.map(() => 0);
  const count = (column: Column, amount: number) => {
    const index = INDEX[column];
    row[index] = (row[index] ?? 0) + amount;
  };
  for (const piece of pieces) {
    count(piece.kind, piece.estimate);
    count('foreign', piece.foreign);
    count('dense', piece.dense);
    const framing = framingOf(piece);
    if (framing !== null) count(framing, 1);
  }
  return row;
}

/** The column with the framing tokens of a piece; null for a piece without framing. */
function framingOf({ kind, estimate, opens }: Measured): Column | null {
  if (!opens || estimate <= 0 || kind === 'overhead') return null;
  return kind === 'definition' ? 'tool framing' : 'framing';
}

/** The tokens of one piece by these factors: the product of its `coefficients` and the means, without making a row for each piece. */
export function tokensBy(mean: readonly number[], piece: Measured): number {
  const factor = (column: Column): number => mean[INDEX[column]] ?? 0;
  const framing = framingOf(piece);
  return (
    factor(piece.kind) * piece.estimate +
    factor('foreign') * piece.foreign +
    factor('dense') * piece.dense +
    (framing === null ? 0 : factor(framing))
  );
}

/** Evidence with one more equation: a group with these coefficients cost `total`, with this variance. */
export function withEquation(evidence: Evidence, row: readonly number[], total: number, variance: number): Evidence {
  return {
    precision: evidence.precision.map((values, i) =>
      values.map((value, j) => value + ((row[i] ?? 0) * (row[j] ?? 0)) / variance),
    ),
    weighted: evidence.weighted.map((value, i) => value + ((row[i] ?? 0) * total) / variance),
  };
}

export function joined(evidence: readonly Evidence[]): Evidence {
  return evidence.reduce(
    (all, each) => ({
      precision: add(all.precision, each.precision),
      weighted: all.weighted.map((value, index) => value + (each.weighted[index] ?? 0)),
    }),
    NO_EVIDENCE,
  );
}

/** Bayesian linear regression. */
export function learned({ mean, covariance }: Factors, evidence: Evidence): Factors {
  const prior = invert(covariance);
  const posterior = invert(add(prior, evidence.precision));
  const weighted = times(prior, mean).map((value, index) => value + (evidence.weighted[index] ?? 0));
  return { mean: times(posterior, weighted), covariance: posterior };
}

/** The factors of a model without bills, from those of other models. */
export function ofAnotherModel({ mean, covariance }: Factors): Factors {
  return { mean, covariance: add(covariance, covarianceOf(BETWEEN_MODELS)) };
}

function meanBeforeBills(column: Column): number {
  if (column === 'framing') return FRAMING_TOKENS;
  if (column === 'tool framing') return TOOL_FRAMING_TOKENS;
  return isFactor(column) ? 1 : 0;
}

function covarianceOf(spreads: Spreads): Matrix {
  return COLUMNS.map((a) =>
    COLUMNS.map((b) => {
      if (!isFactor(a) || !isFactor(b)) return a === b ? ownSpread(a, spreads) ** 2 : 0;
      const family = FAMILIES[a] === FAMILIES[b] ? spreads.family ** 2 : 0;
      return spreads.shared ** 2 + family + (a === b ? spreads.own ** 2 : 0);
    }),
  );
}

function ownSpread(column: Column, { own, shape, framing, toolFraming, overhead }: Spreads): number {
  if (column === 'framing') return framing;
  if (column === 'tool framing') return toolFraming;
  if (column === 'overhead') return overhead;
  return column === 'foreign' || column === 'dense' ? shape : own;
}

function isFactor(column: Column): column is keyof typeof FAMILIES {
  return column in FAMILIES;
}
