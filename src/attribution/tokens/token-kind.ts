import type { Piece } from '../segments/piece.js';

/**
 * What a tokenizer treats alike: each kind has a factor of its own between our estimate and the bill (calibration.ts).
 * Found by comparing bills: JSON of definitions, prose, tool output and calls differ by 10-35 % from cl100k, each its own way.
 */
export const TOKEN_KINDS = [
  'definition',
  'system',
  'text',
  'result',
  'call',
  'answer',
  'thinking',
  'image',
  'document',
  'overhead',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export function kindOf({ role, part }: Pick<Piece, 'role' | 'part'>): TokenKind {
  switch (part) {
    case 'overhead':
    case 'image':
    case 'document':
    case 'thinking':
    case 'result':
      return part;
    case 'call':
      return role === 'assistant' ? 'call' : 'text';
    default:
      if (role === 'tools') return 'definition';
      if (role === 'assistant') return 'answer';
      return role === 'system' ? 'system' : 'text';
  }
}
