import type { BillingTerms } from '../model/usage.js';
import { DamagedContentError } from './errors.js';

/** As a database column. Null: list price, and nothing beside the tokens. */
export function encodeTerms(terms: BillingTerms | undefined): string | null {
  return terms === undefined ? null : JSON.stringify(terms);
}

/** @throws DamagedContentError */
export function decodeTerms(stored: string | null): BillingTerms | undefined {
  if (stored === null) return undefined;
  let terms: unknown;
  try {
    terms = JSON.parse(stored);
  } catch (error) {
    throw new DamagedContentError('bill', error);
  }
  if (!isTerms(terms)) throw new DamagedContentError('bill');
  return terms;
}

/** What is billed and not in the cost; null for nothing. A damaged value must not hide a row of a list. */
export function decodeUnpriced(stored: string | null): string[] {
  if (stored === null) return [];
  try {
    const unpriced: unknown = JSON.parse(stored);
    if (Array.isArray(unpriced)) return unpriced.map(String);
  } catch {
    // Not JSON: damaged.
  }
  return ['damaged'];
}

export function encodeUnpriced(unpriced: readonly string[]): string | null {
  return unpriced.length === 0 ? null : JSON.stringify(unpriced);
}

/** By hand: a schema library would cost every reader start-up time. Only claude-trace writes it, so this is enough. */
function isTerms(value: unknown): value is BillingTerms {
  if (typeof value !== 'object' || value === null || !('iterations' in value) || !('unpriced' in value)) return false;
  return Array.isArray(value.iterations) && Array.isArray(value.unpriced);
}
