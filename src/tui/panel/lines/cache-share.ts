import type { RequestRow } from '../../../store/index.js';

/** Of the input, what was read from the cache; null where nothing is known. */
export function cacheShare(tokens: RequestRow['tokens']): number | null {
  return tokens.input && tokens.cache_read !== null ? tokens.cache_read / tokens.input : null;
}
