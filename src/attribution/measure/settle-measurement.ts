import type { Measurements } from '../../model/measurement.js';
import { apportion } from '../tokens/apportion.js';
import type { PlannedMeasurement } from './plan-measurements.js';

/**
 * The tokens of measured pieces, by key.
 *
 * @param counts tokens of the request of each term, in order
 * @returns null if the counts contradict each other, as those of an API that only estimates may
 */
export function settleMeasurement(
  { keys, weights, sum }: PlannedMeasurement,
  counts: readonly number[],
): Measurements | null {
  const tokens = sum.terms.reduce((all, { sign }, index) => all + sign * (counts[index] ?? Number.NaN), sum.tokens);
  if (!Number.isSafeInteger(tokens) || tokens < 0) return null;
  const shares = apportion(weights, tokens);
  const known = keys.length === 1 ? 'exact' : 'shared';
  return new Map(keys.map((key, index) => [key, { tokens: shares[index] ?? 0, known }]));
}
