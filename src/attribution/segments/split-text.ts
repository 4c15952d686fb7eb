import type { EndPhrase, Place, RuleContext } from '../rules/rule.js';
import { documentForm } from './document-form.js';
import { type Cut, type Label, label } from './piece.js';
import { type Match, matchRule, type Question } from './rule-match.js';

/** What the harness wrote, and where it stands. */
export interface HarnessText {
  /** No more than that: markers look for ends of lines, and would find them far behind. */
  text: string;
  /** Where it begins in the block's text. */
  offset: number;
  /** Where its words start and end in `text`: tags may stand around them. */
  start: number;
  end: number;
  place: Place;
  /** What belongs to no rule. */
  base: Label;
}

const HEADING = label('framework:reminder', 'reminder');

/** What is open at a line. */
interface Open {
  /** The section that a line without a marker goes on; null: nobody's paragraph. */
  section: Match | null;
  /** The listing whose entries still count. */
  frame: Match | null;
  /** The frame has entries: a paragraph that is none ends it, but for entries that resume. */
  listed: boolean;
  /** A document that plain prose has ended, unless more of it follows; `cuts`: how many there were at its end. */
  document: { section: Match; cuts: number } | null;
  /** The section is a document that has had a heading: all that follows is part of it. */
  inDocument: boolean;
  /** In tags: what the tag holds is known, so nothing else is opened freely. */
  held: boolean;
}

const NOTHING_OPEN: Open = {
  section: null,
  frame: null,
  listed: false,
  document: null,
  inDocument: false,
  held: false,
};

/**
 * Cuts harness text at the markers of the rules table. The first cut is at its start.
 *
 * A section ends where its extent says (rules.ts). A paragraph behind it that no marker opens is nobody's (`base`), and what
 * it quotes opens nothing.
 */
export function cutHarnessText({ text, offset, start, end, place, base }: HarnessText, context: RuleContext): Cut[] {
  const cuts: Cut[] = [{ start: offset + start, label: base }];
  const tagged = place === 'reminder' || place === 'tail' || place === 'file-tail';
  const findEnd = phraseFinder(text, end);
  let open: Open = NOTHING_OPEN;
  let isFirst = true;
  let startsParagraph = true;

  /** Where the section ends, when a phrase ends it. */
  const openSection = (found: Match, line: number): number | null => {
    const { reach, heading } = found.rule;
    // Blank lines before the first section are its own.
    const at = isFirst ? start : line;
    if (heading === true) cuts.push({ start: offset + at, label: HEADING });
    cuts.push({ start: offset + (heading === true ? found.end : at), label: found.label ?? base });
    open = opened(open, found, tagged);
    return typeof reach === 'object' && !tagged ? findEnd(reach, found.end) : null;
  };

  /** A paragraph that opens nothing. */
  const readParagraph = (line: number, goesOn: boolean): void => {
    const { section, document } = open;
    const form = documentForm(text, line);
    if (goesOn) {
      if (isDocument(section) && form === 'heading') open = { ...open, inDocument: true };
    } else if (section !== null) {
      const paused = isDocument(section) ? { section, cuts: cuts.length } : null;
      cuts.push({ start: offset + line, label: base });
      open = { ...open, section: null, inDocument: false, document: paused };
    } else if (document !== null && form !== null) {
      cuts.length = document.cuts;
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
    const goesOn = startsParagraph && reaches(open, text, line, tagged);
    const found = matchRule(text, line, questionAt(place, open, startsParagraph, goesOn), context);
    let until: number | null = null;
    if (found !== null && !(goesOn && isOwnList(open.section, found))) {
      // What stands between two entries of one listing is the first one's.
      const { document } = open;
      if (found.rule.resumes === true && document?.section.rule === found.rule) cuts.length = document.cuts;
      until = openSection(found, line);
    } else if (startsParagraph) readParagraph(line, goesOn);
    isFirst = false;
    // Behind a phrase that ends a section another paragraph begins.
    startsParagraph = until !== null;
    next = until ?? next;
  }
  return cuts;
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
    held: tagged,
  };
}

function questionAt(place: Place, open: Open, startsParagraph: boolean, goesOn: boolean): Question {
  const { section, frame, listed, held } = open;
  if (!startsParagraph || goesOn) {
    const free = held ? 'none' : startsParagraph ? 'any' : 'line';
    return { place, free, of: section?.rule ?? null, resuming: false };
  }
  return { place, free: held ? 'none' : 'any', of: frame?.rule ?? null, resuming: listed };
}

/** Whether the section goes on behind a blank line. */
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

/** A list behind a blank line in an entry's text is no more of the listing, where entries stand close. */
function isOwnList(section: Match | null, found: Match): boolean {
  return found.rule.reach === 'list-entry' && section?.rule === found.rule;
}

/** Finds where a phrase ends a section. One that was not found once is not looked for again: that takes time. */
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

/** Where the line ends that holds a position: behind its newline. */
function lineEnd(text: string, position: number, end: number): number {
  const newline = text.indexOf('\n', position);
  return newline === -1 || newline >= end ? end : newline + 1;
}

const BLANKS = /[^\S\n]*\n?/y;

function isBlank(text: string, start: number, end: number): boolean {
  BLANKS.lastIndex = start;
  return BLANKS.test(text) && BLANKS.lastIndex >= end;
}
