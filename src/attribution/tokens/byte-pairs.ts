import { createRequire } from 'node:module';
import type { TiktokenBPE } from 'js-tiktoken/lite';

/**
 * Longest piece that is merged as one, in bytes; longer ones are cut. js-tiktoken's own merge loop is cubic (10,000 CJK
 * characters took 58 s), so only its ranks and its pattern are used here. This loop is quadratic in a piece, hence linear
 * in a text; a cut costs at most one token.
 */
const MAX_PIECE = 256;

interface Encoding {
  pattern: RegExp;
  /** Rank by token, its bytes as a latin1 string. */
  ranks: ReadonlyMap<string, number>;
}

let encoding: Encoding | undefined;

/** Number of cl100k_base tokens in a text. Special tokens such as `<|endoftext|>` count as the plain text they are. */
export function countBytePairTokens(text: string): number {
  encoding ??= loadEncoding();
  let tokens = 0;
  for (const [piece] of text.matchAll(encoding.pattern)) tokens += countPiece(piece, encoding.ranks);
  return tokens;
}

function countPiece(piece: string, ranks: Encoding['ranks']): number {
  const bytes = Buffer.from(piece).toString('latin1');
  if (ranks.has(bytes)) return 1;
  let tokens = 0;
  for (let start = 0; start < bytes.length; start += MAX_PIECE) {
    tokens += countMerged(bytes.slice(start, start + MAX_PIECE), ranks);
  }
  return tokens;
}

/** Merges the neighbours of lowest rank until none can be merged, and counts what is left. */
function countMerged(bytes: string, ranks: Encoding['ranks']): number {
  const starts = Array.from({ length: bytes.length + 1 }, (_, index) => index);
  const rankAt = (index: number): number => ranks.get(bytes.slice(starts[index], starts[index + 2])) ?? Infinity;
  const pairs = Array.from({ length: bytes.length - 1 }, (_, index) => rankAt(index));

  while (pairs.length > 0) {
    const lowest = indexOfLowest(pairs);
    if (pairs[lowest] === Infinity) break;
    starts.splice(lowest + 1, 1);
    pairs.splice(lowest, 1);
    if (lowest < pairs.length) pairs[lowest] = rankAt(lowest);
    if (lowest > 0) pairs[lowest - 1] = rankAt(lowest - 1);
  }
  return pairs.length + 1;
}

function indexOfLowest(values: readonly number[]): number {
  let lowest = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? Infinity) < (values[lowest] ?? Infinity)) lowest = index;
  }
  return lowest;
}

/** Loaded on first use (a megabyte of ranks); by `require`, as attribution is synchronous. */
function loadEncoding(): Encoding {
  const source: TiktokenBPE = createRequire(import.meta.url)('js-tiktoken/ranks/cl100k_base');
  const ranks = new Map<string, number>();
  // Lines of `! <first rank> <base64 token> <base64 token> …`.
  for (const line of source.bpe_ranks.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    for (const [index, token] of tokens.entries()) {
      ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(first) + index);
    }
  }
  return { pattern: new RegExp(source.pat_str, 'gu'), ranks };
}
