import type { Place, RuleContext } from '../rules/rules.js';
import type { Cut, Label } from './piece.js';
import { type Match, matchRule, rulesFor } from './rule-match.js';

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

/** Cuts harness text at the markers of the rules table. The first cut is at its start. */
export function cutHarnessText({ text, offset, start, end, place, base }: HarnessText, context: RuleContext): Cut[] {
  const cuts: Cut[] = [{ start: offset + start, label: base }];
  const tagged = place === 'reminder' || place === 'tail' || place === 'file-tail';
  let section: Match | null = null;
  let rules = rulesFor(place, null);
  /** The last section that is no entry: what follows an entry's blank line. */
  let frame: Match | null = null;
  /** A blank line has ended what the last cut began; it still belongs to that. */
  let ended = false;
  let startsParagraph = true;
  for (let line = start, next = start; line < end; line = next) {
    next = lineEnd(text, line, end);
    context.budget.spend(next - line);
    if (isBlank(text, line, next)) {
      startsParagraph = true;
      const after: Match | null | undefined = section === null ? undefined : afterBlank(section, frame, tagged);
      if (after === undefined) continue;
      section = after;
      rules = rulesFor(place, section?.rule ?? null);
      ended = true;
      continue;
    }
    const opens = section !== null && tagged ? 'nothing' : startsParagraph ? 'paragraph' : 'line';
    const found = matchRule(text, line, rules[opens], place, context);
    if (found !== null && !(startsParagraph && goesOn(section, found))) {
      cuts.push({ start: offset + line, label: found.label ?? base });
      section = found;
      rules = rulesFor(place, found.rule);
      if (found.rule.reach !== 'entry') frame = found;
    } else if (ended) {
      cuts.push({ start: offset + line, label: section?.label ?? base });
    }
    ended = false;
    startsParagraph = false;
  }
  return cuts;
}

/** What the start of a text says it is: the label of the first rule of the place that fits there; null for none. */
export function labelAt(text: string, position: number, place: Place, context: RuleContext): Label | null {
  return matchRule(text, position, rulesFor(place, null).paragraph, place, context)?.label ?? null;
}

/**
 * Which section goes on behind a blank line; undefined: the same one. In tags all that follows belongs to the one thing
 * that the tag holds.
 */
function afterBlank({ rule }: Match, frame: Match | null, tagged: boolean): Match | null | undefined {
  if (rule.reach === 'entry') return frame;
  return rule.reach === 'paragraph' && !tagged ? null : undefined;
}

/** A list behind a blank line in an entry's text is no more of the listing, where entries stand close. */
function goesOn(section: Match | null, found: Match): boolean {
  return found.rule.reach === 'close-entry' && section?.rule === found.rule;
}

/** Where the line ends that starts at a position: behind its newline. */
function lineEnd(text: string, start: number, end: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 || newline >= end ? end : newline + 1;
}

const BLANKS = /[^\S\n]*\n?/y;

function isBlank(text: string, start: number, end: number): boolean {
  BLANKS.lastIndex = start;
  return BLANKS.test(text) && BLANKS.lastIndex >= end;
}
