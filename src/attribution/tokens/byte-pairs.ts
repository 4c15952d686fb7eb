import { createRequire } from 'node:module';
import type { TiktokenBPE } from 'js-tiktoken/lite';
import type { Budget } from '../budget.js';

/**
 * Maximum bytes of a piece that is merged as one; longer pieces are split. js-tiktoken's own merge loop is cubic (10,000 CJK
 * characters took 58 s), so only its ranks and its pattern are used here. This loop is quadratic in a piece, hence linear
 * in a text; a split costs at most one token.
 */
const MAX_PIECE = 128;
/** Short pieces of text and pairs of tokens repeat often, so their results are cached. */
const SHORT_PIECE = 32;
const MAX_CACHED_PIECES = 50_000;
const MAX_CACHED_PAIRS = 200_000;

/** For two tokens that make no token together. */
const NO_RANK = 0x7fffffff;
/** Greater than all ranks: with it two ranks make one number. */
const RANK_LIMIT = 2 ** 17;

interface Encoding {
  pattern: RegExp;
  /** Rank by token, its bytes as a latin1 string. */
  ranks: ReadonlyMap<string, number>;
  /** Token by rank. */
  tokens: readonly string[];
}

let encoding: Encoding | undefined;
const pieceCounts = new Map<string, number>();
const pairRanks = new Map<number, number>();

/** Number of cl100k_base tokens in a text. Special tokens such as `<|endoftext|>` count as the plain text they are. */
export function countBytePairTokens(text: string, budget: Budget): number {
  // weigh.ts calls this with '' when it is loaded. The encoding takes 100 ms to load, and readers of a database never need it.
  if (text === '') return 0;
  encoding ??= loadEncoding();
  let tokens = 0;
  for (const [piece] of text.matchAll(encoding.pattern)) {
    tokens += pieceCounts.get(piece) ?? countPiece(piece, encoding, budget);
    budget.spend(piece.length);
  }
  return tokens;
}

function countPiece(piece: string, known: Encoding, budget: Budget): number {
  const bytes = Buffer.from(piece);
  let count = 0;
  if (known.ranks.has(bytes.toString('latin1'))) count = 1;
  else {
    for (let start = 0; start < bytes.length; start += MAX_PIECE) {
      count += countMerged(bytes.subarray(start, start + MAX_PIECE), known);
      budget.spend(MAX_PIECE);
    }
  }
  // A copy of the piece: a slice would keep its whole text in memory.
  if (piece.length <= SHORT_PIECE && pieceCounts.size < MAX_CACHED_PIECES) pieceCounts.set(bytes.toString(), count);
  return count;
}

/** The ranks of a piece's parts, and of each part joined with the next one. One call at a time uses them. */
const parts = new Int32Array(MAX_PIECE);
const joined = new Int32Array(MAX_PIECE);

/** Merges the neighbours of lowest rank until none can be merged, and counts the parts that are left. */
function countMerged(bytes: Buffer, known: Encoding): number {
  let count = bytes.length;
  for (const [index, byte] of bytes.entries()) parts[index] = known.ranks.get(String.fromCharCode(byte)) ?? NO_RANK;
  for (let index = 0; index + 1 < count; index++) joined[index] = rankOfPair(index, known);
  while (count > 1) {
    const lowest = indexOfLowest(count - 1);
    const rank = joined[lowest] ?? NO_RANK;
    if (rank === NO_RANK) break;
    parts[lowest] = rank;
    parts.copyWithin(lowest + 1, lowest + 2, count);
    joined.copyWithin(lowest + 1, lowest + 2, count - 1);
    count -= 1;
    if (lowest > 0) joined[lowest - 1] = rankOfPair(lowest - 1, known);
    if (lowest + 1 < count) joined[lowest] = rankOfPair(lowest, known);
  }
  return count;
}

function indexOfLowest(end: number): number {
  let lowest = 0;
  let least = joined[0] ?? NO_RANK;
  for (let index = 1; index < end; index++) {
    const rank = joined[index] ?? NO_RANK;
    if (rank < least) [lowest, least] = [index, rank];
  }
  return lowest;
}

/** The rank of the token that a part and the next one make. */
function rankOfPair(index: number, { ranks, tokens }: Encoding): number {
  const [first, second] = [parts[index] ?? NO_RANK, parts[index + 1] ?? NO_RANK];
  const pair = first * RANK_LIMIT + second;
  const remembered = pairRanks.get(pair);
  if (remembered !== undefined) return remembered;
  const rank = ranks.get(`${tokens[first]}${tokens[second]}`) ?? NO_RANK;
  if (pairRanks.size < MAX_CACHED_PAIRS) pairRanks.set(pair, rank);
  return rank;
}

/** Loads a megabyte of ranks; with `require`, since attribution is synchronous. */
function loadEncoding(): Encoding {
  const source: TiktokenBPE = createRequire(import.meta.url)('js-tiktoken/ranks/cl100k_base');
  const ranks = new Map<string, number>();
  const tokens: string[] = [];
  // Lines of `! <first rank> <base64 token> <base64 token> …`.
  for (const line of source.bpe_ranks.split('\n')) {
    const [, first, ...encoded] = line.split(' ');
    for (const [index, base64] of encoded.entries()) {
      // 100,000 times: 60 ms, and 100 ms with a Buffer.
      const token = atob(base64);
      ranks.set(token, Number(first) + index);
      tokens[Number(first) + index] = token;
    }
  }
  return { pattern: new RegExp(source.pat_str, 'gu'), ranks, tokens };
}
