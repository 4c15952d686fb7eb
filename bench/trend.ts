/** The line that fits points best, and the confidence interval of its slope. */
export interface Trend {
  points: number;
  /** Of the values. */
  mean: number;
  /** Growth of the value as `at` grows by one. */
  slope: number;
  /** The slope's 95 % confidence interval. Neighbouring points may depend on each other (Newey and West, 1987). */
  range: [low: number, high: number];
}

export interface Point {
  at: number;
  value: number;
}

/** Two-sided 95 % of the normal distribution; a series has at least {@link MIN_POINTS} points. */
const Z95 = 1.96;
const MIN_POINTS = 12;

/** @returns null for fewer than 12 points, whose interval would say nothing */
export function trendOf(points: readonly Point[]): Trend | null {
  const count = points.length;
  if (count < MIN_POINTS) return null;
  const middle = mean(points.map(({ at }) => at));
  const level = mean(points.map(({ value }) => value));
  const spread = points.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  const slope = points.reduce((sum, { at, value }) => sum + (at - middle) * (value - level), 0) / spread;
  // The influence of each point on the slope.
  const pulls = points.map(({ at, value }) => (at - middle) * (value - level - slope * (at - middle)));
  const lags = Math.floor(4 * (count / 100) ** (2 / 9));
  let variance = sumOfProducts(pulls, 0);
  for (let lag = 1; lag <= lags; lag += 1) variance += 2 * (1 - lag / (lags + 1)) * sumOfProducts(pulls, lag);
  const error = (Math.sqrt(Math.max(0, variance)) / spread) * Math.sqrt(count / (count - 2));
  return { points: count, mean: level, slope, range: [slope - Z95 * error, slope + Z95 * error] };
}

function sumOfProducts(values: readonly number[], lag: number): number {
  return values.slice(lag).reduce((sum, value, index) => sum + value * (values[index] ?? 0), 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
