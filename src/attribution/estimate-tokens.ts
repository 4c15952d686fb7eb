import { createHash } from 'node:crypto';
import { countBytePairTokens } from './byte-pairs.js';

/** Some 2 MB of hashes and counts: several long conversations. */
const CACHE_ENTRIES = 20_000;

/** A text longer than this (UTF-16 units) is counted in samples: a whole one would keep the recorder busy for seconds. */
const COUNTED_WHOLE = 1_000_000;
const SAMPLES = 8;

const counts = new Map<string, number>();

/**
 * Tokens of a text by cl100k_base: an estimate, as no public tokenizer matches today's models (10-35 % off). `hash` is
 * the text's SHA-256; counts are kept by it, the least recently used are forgotten.
 */
export function estimateTokens(text: string, hash: string = hashText(text)): number {
  const count = counts.get(hash) ?? countTokens(text);
  counts.delete(hash);
  counts.set(hash, count);
  if (counts.size > CACHE_ENTRIES) {
    const [oldest] = counts.keys();
    if (oldest !== undefined) counts.delete(oldest);
  }
  return count;
}

function countTokens(text: string): number {
  if (text.length <= COUNTED_WHOLE) return countBytePairTokens(text);
  const size = COUNTED_WHOLE / SAMPLES;
  const step = (text.length - size) / (SAMPLES - 1);
  let counted = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.round(sample * step);
    counted += countBytePairTokens(text.slice(start, start + size));
  }
  return Math.round((counted * text.length) / COUNTED_WHOLE);
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
