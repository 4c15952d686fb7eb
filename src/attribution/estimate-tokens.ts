import { createHash } from 'node:crypto';
import { countBytePairTokens } from './byte-pairs.js';

/** Some 2 MB of hashes and counts: several long conversations. */
const CACHE_ENTRIES = 20_000;

const counts = new Map<string, number>();

/**
 * Tokens of a text by cl100k_base: an estimate, as no public tokenizer matches today's models (10-35 % off). `hash` is
 * the text's SHA-256; counts are kept by it, the least recently used are forgotten.
 */
export function estimateTokens(text: string, hash: string = hashText(text)): number {
  const count = counts.get(hash) ?? countBytePairTokens(text);
  counts.delete(hash);
  counts.set(hash, count);
  if (counts.size > CACHE_ENTRIES) {
    const [oldest] = counts.keys();
    if (oldest !== undefined) counts.delete(oldest);
  }
  return count;
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
