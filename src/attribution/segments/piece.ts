import type { Part, Unread } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import { UNMATCHED as unmatched } from '../../model/unmatched.js';
import { textOf } from '../text-of.js';

/** The source of a piece and what it is to that source, as rules and kinds of blocks decide. */
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
  /** The exact text from `start` to `end`. */
  content: string;
  /** Tokens by rule where the content is not text (images, base64, a reference); null: tokenize it. */
  fixedTokens: number | null;
  /** Why it has no tokens; null for what the model reads. */
  unread: Unread | null;
}

/** Where a label begins in a string; it holds until the next boundary. */
export interface Boundary {
  start: number;
  label: Label;
}

export function label(source: Source, part: Part, detail: string | null = null): Label {
  return { source, part, detail };
}

/** Text of the harness that no text rule matches. */
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

/** A part of the request whose shape is not in the API's documentation: counted as unknown. */
export function unknownPiece(path: string, role: string, value: unknown): Piece[] {
  return value === undefined ? [] : [wholePiece(path, role, value, label('unknown', 'text'))];
}

/**
 * Pieces of a text from its boundaries (ascending, the first at 0): they partition it. Neighbours with the same label are
 * joined; of boundaries at the same place the last one holds.
 */
export function piecesOf(path: string, role: string, text: string, boundaries: readonly Boundary[]): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < boundaries.length; index++) {
    const boundary = boundaries[index];
    const end = boundaries[index + 1]?.start ?? text.length;
    if (boundary === undefined || end <= boundary.start) continue;
    const { start } = boundary;
    const last = pieces.at(-1);
    if (last !== undefined && sameLabel(last, boundary.label)) {
      last.end = end;
      last.content = text.slice(last.start, end);
    } else {
      const { source, part, detail } = boundary.label;
      const content = text.slice(start, end);
      pieces.push({ source, part, detail, path, start, end, role, content, fixedTokens: null, unread: null });
    }
  }
  return pieces;
}

function sameLabel(a: Label, b: Label): boolean {
  return a.source === b.source && a.part === b.part && a.detail === b.detail;
}
