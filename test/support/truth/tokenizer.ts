import { createHash } from 'node:crypto';
import { Tiktoken } from 'js-tiktoken/lite';
import ranks from 'js-tiktoken/ranks/o200k_base';

/**
 * o200k_base: other ranks and another pattern than claude-trace's own cl100k_base, and js-tiktoken's own loop. That one is
 * cubic in a piece, so long pieces are cut: what comes out is a tokenizer of its own, and that is all it has to be.
 */
const MAX_PIECE = 24;
/** Of text by hash and of short pieces: the same conversation is counted with every request. */
const texts = new Map<string, number>();
const pieces = new Map<string, number>();
const MAX_PIECES = 200_000;

const encoder = new Tiktoken(ranks);
const pattern = new RegExp(ranks.pat_str, 'gu');

/** Tokens of a text; special tokens count as the plain text they are. */
export function countO200k(text: string): number {
  const hash = createHash('sha1').update(text).digest('base64');
  const known = texts.get(hash);
  if (known !== undefined) return known;
  let tokens = 0;
  for (const [piece] of text.matchAll(pattern)) {
    for (let start = 0; start < piece.length; start += MAX_PIECE) {
      tokens += countPiece(piece.slice(start, start + MAX_PIECE));
    }
  }
  texts.set(hash, tokens);
  return tokens;
}

function countPiece(piece: string): number {
  const known = pieces.get(piece);
  if (known !== undefined) return known;
  const tokens = encoder.encode(piece, [], []).length;
  if (pieces.size < MAX_PIECES) pieces.set(piece, tokens);
  return tokens;
}
