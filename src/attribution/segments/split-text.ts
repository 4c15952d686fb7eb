import type { Place, RuleContext } from '../rules/rules.js';
import { isOfDocument } from './document-form.js';
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
  /** The section's document has had a heading or the like: all that follows is part of it. */
  inDocument: boolean;
  /** In tags: what the tag holds is known, so nothing else is opened freely. */
  held: boolean;
}

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
  let open: Open = { section: null, frame: null, listed: false, inDocument: false, held: false };
  let startsParagraph = true;
  /** The last line that was not blank; empty before there was one. */
  let before = '';

  const openSection = (found: Match, line: number): number | null => {
    // Blank lines before the first section are its own.
    const at = before === '' && cuts.length === 1 ? start : line;
    if (found.rule.heading === true) cuts.push({ start: offset + at, label: HEADING });
    cuts.push({ start: offset + (found.rule.heading === true ? found.end : at), label: found.label ?? base });
    open = opened(open, found, tagged);
    const extent = found.rule.extent;
    return typeof extent === 'object' && extent.reach === 'until' && !tagged
      ? findEnd(extent.phrase, extent.included, found.end)
      : null;
  };

  for (let line = start, next = start; line < end; line = next) {
    next = lineEnd(text, line, end);
    context.budget.spend(next - line);
    if (isBlank(text, line, next)) {
      startsParagraph = true;
      continue;
    }
    const goesOn = startsParagraph && open.section !== null && reaches(open, text, line, next, before, tagged);
    const found = matchRule(text, line, questionAt(place, open, startsParagraph, goesOn), context);
    if (found !== null && !(goesOn && isOwnList(open.section, found))) {
      const until = openSection(found, line);
      if (until !== null) {
        // Behind its end another paragraph begins.
        next = until;
        startsParagraph = true;
        continue;
      }
    } else if (startsParagraph && open.section !== null && !goesOn) {
      cuts.push({ start: offset + line, label: base });
      open = { ...open, section: null, inDocument: false };
    } else if (goesOn && isDocument(open.section) && isOfDocument(text, line, next)) {
      open.inDocument = true;
    }
    startsParagraph = false;
    before = text.slice(line, next);
  }
  return cuts;
}

function opened(open: Open, found: Match, tagged: boolean): Open {
  const { extent, onlyWithin, within } = found.rule;
  const isFrame = extent === 'listing';
  const isEntry = onlyWithin === true && !isFrame;
  const isOfFrame = isEntry || (open.frame !== null && within?.includes(open.frame.rule.id) === true);
  return {
    section: found,
    frame: isFrame ? found : isOfFrame ? open.frame : null,
    listed: !isFrame && (isEntry || (isOfFrame && open.listed)),
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

/** Whether a section goes on behind a blank line. */
function reaches(open: Open, text: string, line: number, next: number, before: string, tagged: boolean): boolean {
  const { section, frame } = open;
  const extent = section?.rule.extent ?? 'paragraph';
  if (extent === 'listing' || extent === 'entry') return false;
  if (extent === 'list-entry') return text.startsWith('- ', line);
  if (extent === 'paragraph') return tagged && frame === null;
  if (tagged || extent.reach === 'open') return true;
  return (
    extent.reach === 'document' && (open.inDocument || before.trimEnd().endsWith(':') || isOfDocument(text, line, next))
  );
}

function isDocument(section: Match | null): boolean {
  const extent = section?.rule.extent;
  return typeof extent === 'object' && extent.reach === 'document';
}

/** A list behind a blank line in an entry's text is no more of the listing, where entries stand close. */
function isOwnList(section: Match | null, found: Match): boolean {
  return found.rule.extent === 'list-entry' && section?.rule === found.rule;
}

/** Finds where a phrase ends a section. One that was not found once is not looked for again: that takes time. */
function phraseFinder(text: string, end: number): (phrase: string, included: boolean, from: number) => number | null {
  const absent = new Set<string>();
  return (phrase, included, from) => {
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
