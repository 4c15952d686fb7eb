import type { Part, Unread } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import { UNMATCHED as unmatched } from '../../model/unmatched.js';
import { textOf } from '../text-of.js';

/** What a stretch of text is: what rules and block kinds decide. */
export interface Label {
  source: Source;
  part: Part;
  detail: string | null;
}

/** A segment before anything is counted. */
export interface Piece extends Label {
  path: string;
  start: number;
  end: number;
  role: string;
  /** Exactly what stands between `start` and `end`. */
  content: string;
  /** Tokens by rule where the content is no text to tokenize (images, base64, a reference); null: tokenize. */
  fixedTokens: number | null;
  /** Why it weighs nothing; null for what the model reads. */
  unread: Unread | null;
}

/** Where a label begins in a string; it holds until the next cut. */
export interface Cut {
  start: number;
  label: Label;
}

export function label(source: Source, part: Part, detail: string | null = null): Label {
  return { source, part, detail };
}

/** What the harness wrote and no row of the rules table knows. */
export const UNMATCHED = label(unmatched.source, unmatched.part);

/** One piece over a whole string or block. */
export function wholePiece(
  path: string,
  role: string,
  value: unknown,
  what: Label,
  fixedTokens: number | null = null,
): Piece {
  const content = textOf(value);
  return { path, start: 0, end: content.length, role, content, fixedTokens, unread: null, ...what };
}

/** A part of the request that is not shaped as the API documents it: shown and counted, never guessed. */
export function unknownPiece(path: string, role: string, value: unknown): Piece[] {
  return value === undefined ? [] : [wholePiece(path, role, value, label('unknown', 'text'))];
}

/**
 * Pieces of a text from its cuts (ascending, the first at 0): they partition it. Neighbours with the same label become
 * one piece; of cuts at the same place the last one holds.
 */
export function piecesOf(path: string, role: string, text: string, cuts: readonly Cut[]): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < cuts.length; index++) {
    const cut = cuts[index];
    const end = cuts[index + 1]?.start ?? text.length;
    if (cut === undefined || end <= cut.start) continue;
    const { start } = cut;
    const last = pieces.at(-1);
    if (last !== undefined && sameLabel(last, cut.label)) {
      last.end = end;
      last.content = text.slice(last.start, end);
    } else {
      const { source, part, detail } = cut.label;
      const content = text.slice(start, end);
      pieces.push({ source, part, detail, path, start, end, role, content, fixedTokens: null, unread: null });
    }
  }
  return pieces;
}

function sameLabel(a: Label, b: Label): boolean {
  return a.source === b.source && a.part === b.part && a.detail === b.detail;
}
