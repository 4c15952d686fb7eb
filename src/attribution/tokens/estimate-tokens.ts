import { hash } from 'node:crypto';
import { type Budget, UNLIMITED } from '../budget.js';
import { countBytePairTokens } from './byte-pairs.js';

/** Maximum number of entries of each generation. Both generations hold about 4 MB of hashes and counts: several long conversations. */
const CACHE_ENTRIES = 20_000;

/** A text longer than this (UTF-16 units) is sampled: counting all of it would keep the recorder busy for seconds. */
const COUNTED_WHOLE = 1_000_000;
const SAMPLES = 8;

/** Tokens of a text by cl100k_base: an estimate, as no public tokenizer matches today's models (10-35 % off). */
export interface TextEstimate {
  tokens: number;
  /**
   * Estimated part of the tokens that is in scripts other than Latin, and part in long runs without a blank (base64): tokenizers
   * differ most about them.
   */
  foreign: number;
  dense: number;
}

/** Two generations, instead of a map in order of use, which costs much more per text. */
let young = new Map<string, TextEstimate>();
let old = new Map<string, TextEstimate>();

/** `key` is the text's SHA-256; estimates are kept by it. */
export function estimateText(text: string, key: string = hashText(text), budget: Budget = UNLIMITED): TextEstimate {
  const kept = young.get(key);
  if (kept !== undefined) return kept;
  const estimate = old.get(key) ?? estimateUnseen(text, budget);
  if (young.size === CACHE_ENTRIES) {
    old = young;
    young = new Map();
  }
  young.set(key, estimate);
  return estimate;
}

function estimateUnseen(text: string, budget: Budget): TextEstimate {
  const tokens = countTokens(text, budget);
  const foreign = Math.min(tokens, FOREIGN_TOKENS * lengthOf(FOREIGN, 1, text, budget));
  const dense = Math.min(tokens - foreign, DENSE_TOKENS * lengthOf(DENSE, DENSE_RUN, text, budget));
  return { tokens, foreign, dense };
}

export function estimateTokens(text: string): number {
  return estimateText(text).tokens;
}

/** cl100k_base tokens of each character in scripts other than Latin, and in long runs without a blank or a separator of words. */
const FOREIGN_TOKENS = 1.2;
const DENSE_TOKENS = 0.7;
const DENSE_RUN = 60;

/** By UTF-16 unit: 1 if it is of the kind. */
const FOREIGN = new Uint8Array(0x10000).fill(1, 0x370);
// Without / and -, which base64 has too: a long path is as dense as other text.
const DENSE = new Uint8Array(0x10000);
for (const unit of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=')) DENSE[unit] = 1;

/**
 * The length of all runs of a kind that are not too short. Not by a regular expression: on a run of megabytes, its stack overflows
 * once V8 has stopped optimizing them (seen on Node 24).
 */
function lengthOf(kind: Uint8Array, shortest: number, text: string, budget: Budget): number {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const start = at;
    while (at < text.length && kind[text.charCodeAt(at)] === 1) at += 1;
    if (at === start) continue;
    if (at - start >= shortest) length += at - start;
    budget.spend(at - start);
  }
  return length;
}

function countTokens(text: string, budget: Budget): number {
  if (text.length <= COUNTED_WHOLE) return countBytePairTokens(text, budget);
  const size = COUNTED_WHOLE / SAMPLES;
  const step = (text.length - size) / (SAMPLES - 1);
  let counted = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.round(sample * step);
    counted += countBytePairTokens(text.slice(start, start + size), budget);
  }
  return Math.round((counted * text.length) / COUNTED_WHOLE);
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export function hashText(text: string): string {
  return hash('sha256', text, 'hex');
}
