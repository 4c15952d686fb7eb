import type { Piece } from '../segments/piece.js';

/**
 * Kinds of text by how a tokenizer treats them: each has its own factor between our estimate and the bill (calibration.ts).
 * Found by comparing bills: JSON of definitions, prose, tool output and calls differ by 10-35 % from cl100k, each in its own way.
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

/** Inside a tool_result, string or blocks. */
const IN_RESULT = /^\/messages\/\d+\/content\/\d+\/content/;

export function kindOf({ path, role, part }: Pick<Piece, 'path' | 'role' | 'part'>): TokenKind {
  if (part === 'overhead' || part === 'image' || part === 'document' || part === 'thinking') return part;
  if (role === 'tools') return 'definition';
  // Reminders at a result's tail, too: they are billed as part of the block.
  if (part === 'result' || IN_RESULT.test(path)) return 'result';
  if (role === 'assistant') return part === 'call' ? 'call' : 'answer';
  return role === 'system' ? 'system' : 'text';
}
