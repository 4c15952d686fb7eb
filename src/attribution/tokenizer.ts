import { createRequire } from 'node:module';

/** How cl100k cuts text before it merges bytes: contractions, words, numbers, signs, white space. */
const PIECES =
  /'(?:[sdmtSDMT]|ll|LL|ve|VE|re|RE)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/**
 * Merging is quadratic in the length of a piece, and a piece may be a whole text (CJK, spaces, one long word), so longer
 * ones are cut. js-tiktoken's own encoder does not: 10,000 CJK characters took it 58 s.
 */
const LONGEST_PIECE = 32;
const NO_RANK = 0x7fffffff;

/** Byte sequences, one character a byte, by rank: the lower, the earlier they were merged. */
type Ranks = ReadonlyMap<string, number>;

let loaded: Ranks | null = null;

/** Tokens of a text by cl100k, off by a token or two where a long piece was cut. The first call loads the ranks. */
export function countTokens(text: string): number {
  loaded ??= loadRanks();
  let sum = 0;
  for (const [piece] of text.matchAll(PIECES)) {
    for (let from = 0; from < piece.length; from += LONGEST_PIECE) {
      sum += countPiece(piece.length > LONGEST_PIECE ? piece.slice(from, from + LONGEST_PIECE) : piece, loaded);
    }
  }
  return sum;
}

function countPiece(piece: string, ranks: Ranks): number {
  // Most pieces are one token, and those that are not ASCII cannot be mistaken for one: their bytes differ.
  if (ranks.has(piece) && isAscii(piece)) return 1;
  return countMerged(isAscii(piece) ? piece : Buffer.from(piece, 'utf8').toString('latin1'), ranks);
}

/** Byte pair encoding: joins the neighbours of the lowest rank until no two make a token. */
function countMerged(bytes: string, ranks: Ranks): number {
  if (ranks.has(bytes)) return 1;
  const starts = Array.from({ length: bytes.length + 1 }, (_, i) => i);
  const joined = starts.map((_, i) => pairRank(bytes, starts, i, ranks));
  for (;;) {
    let lowest = NO_RANK;
    let at = -1;
    for (let i = 0; i < joined.length; i += 1) {
      const rank = joined[i] ?? NO_RANK;
      if (rank < lowest) {
        lowest = rank;
        at = i;
      }
    }
    if (at === -1) return starts.length - 1;
    starts.splice(at + 1, 1);
    joined.splice(at + 1, 1);
    joined[at] = pairRank(bytes, starts, at, ranks);
    if (at > 0) joined[at - 1] = pairRank(bytes, starts, at - 1, ranks);
  }
}

/** The rank of the token that parts `i` and `i + 1` make together. */
function pairRank(bytes: string, starts: readonly number[], i: number, ranks: Ranks): number {
  const end = starts[i + 2];
  return end === undefined ? NO_RANK : (ranks.get(bytes.slice(starts[i], end)) ?? NO_RANK);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** 1 MB of JavaScript, so loaded when first needed, and synchronously: attribution is a plain function. */
function loadRanks(): Ranks {
  const require = createRequire(import.meta.url);
  const { bpe_ranks }: { bpe_ranks: string } = require('js-tiktoken/ranks/cl100k_base');
  const ranks = new Map<string, number>();
  // Lines of `! <rank of the first> <base64> <base64> …`, ranks counting on.
  for (const line of bpe_ranks.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    tokens.forEach((token, i) => {
      ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(first) + i);
    });
  }
  return ranks;
}
