import type { Measurements } from '../../model/measurement.js';
import type { Measured } from './token-factors.js';

export const NOTHING_MEASURED: Measurements = new Map();

/**
 * The key of a piece: the same content of the same kind costs the same in every request. A piece that begins a block includes the
 * framing around the block.
 *
 * @returns null for a piece whose content is not known
 */
export function measurementKey({ kind, hash, opens }: Pick<Measured, 'kind' | 'hash' | 'opens'>): string | null {
  return hash === undefined ? null : `${kind}${opens ? '' : '+'} ${hash}`;
}
