import type { EndPhrase, Place, RuleContext } from '../rules/rule.js';
import { type Boundary, type Label, label } from './piece.js';
import { type LineQuery, type Match, matchRule } from './rule-match.js';

/** Text of the harness and its place. */
export interface HarnessText {
  /** Nothing but this text: markers look for ends of lines, and would find them far behind. */
  text: string;
  /** Where it begins in the block's text. */
  offset: number;
  /** Its range in `text`, without surrounding tags. */
  start: number;
  end: number;
  place: Place;
  /** The label of text that no rule matches. */
  base: Label;
}

const HEADING = label('framework:reminder', 'reminder');

/** The state at a line. */
interface Open {
  /** The section that a line without a marker continues; null in an unmatched paragraph. */
  section: Match | null;
  /** The listing whose entries still count. */
  frame: Match | null;
  /** The frame has entries: another paragraph ends it, except for entries that resume. */
  listed: boolean;
  /** A document that plain prose has ended, unless more of it follows; `boundaries`: their number at its end. */
  document: { section: Match; boundaries: number } | null;
  /** The section is a document that has had a heading: all that follows belongs to it. */
  inDocument: boolean;
  /** In tags: a rule has matched, so no other section opens freely. */
  matched: boolean;
}

const NOTHING_OPEN: Open = {
  section: null,
  frame: null,
  listed: false,
  document: null,
  inDocument: false,
  matched: false,
};

/**
 * Splits harness text at the markers of the rules table. The first boundary is at its start.
 *
 * A section ends as its `reach` says (rule.ts). A paragraph behind it without a marker has the label `base`, and text that it
 * quotes opens nothing.
 */
export function splitHarnessText(
  { text, offset, start, end, place, base }: HarnessText,
  context: RuleContext,
): Boundary[] {
  const boundaries: Boundary[] = [{ start: offset + start, label: base }];
  const tagged = place === 'reminder' || place === 'tail' || place === 'file-tail';
  const findEnd = phraseFinder(text, end);
  let open: Open = NOTHING_OPEN;
  let isFirst = true;
  let startsParagraph = true;

  /** @returns where the section ends, when a phrase ends it */
  const openSection = (found: Match, line: number): number | null => {
    const { reach, heading } = found.rule;
    // Blank lines before the first section are its own.
    const at = isFirst ? start : line;
    if (heading === true) boundaries.push({ start: offset + at, label: HEADING });
    boundaries.push({ start: offset + (heading === true ? found.end : at), label: found.label ?? base });
    open = opened(open, found, tagged);
    return typeof reach === 'object' && !tagged ? findEnd(reach, found.end) : null;
  };

  /** A paragraph without a marker. */
  const readParagraph = (line: number, continues: boolean): void => {
    const { section, document } = open;
    const form = documentForm(text, line);
    if (continues) {
      if (isDocument(section) && form === 'heading') open = { ...open, inDocument: true };
    } else if (section !== null) {
      const paused = isDocument(section) ? { section, boundaries: boundaries.length } : null;
      boundaries.push({ start: offset + line, label: base });
      open = { ...open, section: null, inDocument: false, document: paused };
    } else if (document !== null && form !== null) {
      boundaries.length = document.boundaries;
      open = { ...open, section: document.section, inDocument: form === 'heading', document: null };
    }
  };

  for (let line = start, next = start; line < end; line = next) {
    next = lineEnd(text, line, end);
    context.budget.spend(next - line);
    if (isBlank(text, line, next)) {
      startsParagraph = true;
      continue;
    }
    const continues = startsParagraph && reaches(open, text, line, tagged);
    const found = matchRule(text, line, queryAt(place, open, startsParagraph, continues), context);
    let until: number | null = null;
    if (found !== null && !(continues && isOwnList(open.section, found))) {
      // Text between two entries of one listing belongs to the first one.
      const { document } = open;
      if (found.rule.resumes === true && document?.section.rule === found.rule) boundaries.length = document.boundaries;
      until = openSection(found, line);
    } else if (startsParagraph) readParagraph(line, continues);
    isFirst = false;
    // A paragraph begins behind a phrase that ends a section.
    startsParagraph = until !== null;
    next = until ?? next;
  }
  return boundaries;
}

function opened({ frame, listed }: Open, found: Match, tagged: boolean): Open {
  const { reach, onlyWithin, within } = found.rule;
  const isFrame = reach === 'listing';
  const isEntry = onlyWithin !== undefined && !isFrame;
  const isOfFrame = isEntry || (frame !== null && (onlyWithin ?? within)?.includes(frame.rule.id) === true);
  return {
    section: found,
    frame: isFrame ? found : isOfFrame ? frame : null,
    listed: !isFrame && (isEntry || (isOfFrame && listed)),
    document: null,
    inDocument: false,
    matched: tagged,
  };
}

function queryAt(place: Place, open: Open, startsParagraph: boolean, continues: boolean): LineQuery {
  const { section, frame, listed, matched } = open;
  if (!startsParagraph || continues) {
    const free = matched ? 'none' : startsParagraph ? 'any' : 'line';
    return { place, free, of: section?.rule ?? null, resuming: false };
  }
  return { place, free: matched ? 'none' : 'any', of: frame?.rule ?? null, resuming: listed };
}

/** Whether the section continues behind a blank line. */
function reaches({ section, frame, inDocument }: Open, text: string, line: number, tagged: boolean): boolean {
  if (section === null) return false;
  const { reach } = section.rule;
  if (reach === 'listing' || reach === 'entry') return false;
  if (reach === 'list-entry') return text.startsWith('- ', line);
  if (reach === 'paragraph') return tagged && frame === null;
  if (tagged || reach === 'open') return true;
  return reach === 'document' && (inDocument || documentForm(text, line) !== null);
}

function isDocument(section: Match | null): boolean {
  return section?.rule.reach === 'document';
}

/** Where no blank lines separate the entries, a list behind a blank line belongs to the text of the entry. */
function isOwnList(section: Match | null, found: Match): boolean {
  return found.rule.reach === 'list-entry' && section?.rule === found.rule;
}

/** Finds where a phrase ends a section. A phrase that was not found once is not looked for again, to save time. */
function phraseFinder(text: string, end: number): (end: EndPhrase, from: number) => number | null {
  const absent = new Set<string>();
  return ({ phrase, included }, from) => {
    const at = absent.has(phrase) ? -1 : text.indexOf(phrase, from);
    if (at === -1 || at + phrase.length > end) {
      absent.add(phrase);
      return null;
    }
    return included ? lineEnd(text, at + phrase.length - 1, end) : at + phrase.length - phrase.trimStart().length;
  };
}

/** The end of the line at a position, behind its newline. */
function lineEnd(text: string, position: number, end: number): number {
  const newline = text.indexOf('\n', position);
  return newline === -1 || newline >= end ? end : newline + 1;
}

const BLANKS = /[^\S\n]*\n?/y;

function isBlank(text: string, start: number, end: number): boolean {
  BLANKS.lastIndex = start;
  return BLANKS.test(text) && BLANKS.lastIndex >= end;
}

const DOCUMENT_HEADING = /#{1,6} /y;
/** A list, a quote, a table, a fence, indentation, a tag, a numbered line of a file. */
const DOCUMENT_LINE = /[-*+] |\d{1,3}[.)] |>|\||```|~~~|[ \t]{2}|<[a-zA-Z/]|\d{1,7}[\t→]/y;

/** The form of a paragraph's beginning that is typical of documents; null for plain prose, which could be anybody's. */
function documentForm(text: string, line: number): 'heading' | 'other' | null {
  DOCUMENT_HEADING.lastIndex = line;
  if (DOCUMENT_HEADING.test(text)) return 'heading';
  DOCUMENT_LINE.lastIndex = line;
  return DOCUMENT_LINE.test(text) ? 'other' : null;
}
