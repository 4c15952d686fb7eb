import type { Place, RuleContext, TextRule } from '../rules/rules.js';
import { TEXT_RULES } from '../rules/rules-table.js';
import { type Cut, type Label, label } from './piece.js';

const OPENS = ['paragraph', 'line', 'nothing'] as const;

interface Match {
  rule: TextRule;
  /** Null: what the text belongs to without rules. */
  label: Label | null;
}

/** The range of a text that the harness wrote, and where it stands. */
export interface HarnessText {
  text: string;
  start: number;
  end: number;
  place: Place;
  /** What belongs to no rule. */
  base: Label;
}

/** Cuts harness text at the markers of the rules table. The first cut is at its start. */
export function cutHarnessText({ text, start, end, place, base }: HarnessText, context: RuleContext): Cut[] {
  const cuts: Cut[] = [{ start, label: base }];
  const tagged = place === 'reminder' || place === 'tail' || place === 'file-tail';
  let section: Match | null = null;
  /** The last section that is no entry: what follows an entry's blank line. */
  let frame: Match | null = null;
  /** A blank line has ended what the last cut began; it still belongs to that. */
  let ended = false;
  for (const line of linesOf(text, start, end)) {
    if (line.blank) {
      const after: Match | null | undefined = section === null ? undefined : afterBlank(section, frame, tagged);
      if (after === undefined) continue;
      section = after;
      ended = true;
      continue;
    }
    const opens = section === null || !tagged ? (line.startsParagraph ? 'paragraph' : 'line') : 'nothing';
    const found = matchRule(text, line.start, place, opens, section?.rule.id ?? null, context);
    if (found !== null && !(tagged && line.startsParagraph && goesOn(section, found))) {
      cuts.push({ start: line.start, label: found.label ?? base });
      section = found;
      if (found.rule.reach !== 'entry') frame = found;
    } else if (ended) {
      cuts.push({ start: line.start, label: section?.label ?? base });
    }
    ended = false;
  }
  return cuts;
}

/** What the start of a text says it is: the label of the first rule of the place that fits there; null for none. */
export function labelAt(text: string, position: number, place: Place, context: RuleContext): Label | null {
  return matchRule(text, position, place, 'paragraph', null, context)?.label ?? null;
}

/**
 * Which section goes on behind a blank line; undefined: the same one. In tags all that follows belongs to the one thing
 * that the tag holds.
 */
function afterBlank({ rule }: Match, frame: Match | null, tagged: boolean): Match | null | undefined {
  if (rule.reach === 'entry') return frame;
  return rule.reach === 'paragraph' && !tagged ? null : undefined;
}

/** A list behind a blank line in an entry's text is no more of the listing: its entries stand close. */
function goesOn(section: Match | null, found: Match): boolean {
  return found.rule.reach === 'paragraph' && section?.rule === found.rule;
}

/** Which sections a line may open: `line`, only those that count at any line. */
type Opens = (typeof OPENS)[number];

function matchRule(
  text: string,
  position: number,
  place: Place,
  opens: Opens,
  section: string | null,
  context: RuleContext,
): Match | null {
  const { rules, any } = candidates(place, opens, section);
  any.lastIndex = position;
  if (!any.test(text)) return null;
  for (const rule of rules) {
    rule.marker.lastIndex = position;
    const match = rule.marker.exec(text);
    if (match === null) continue;
    if (rule.source === undefined) return { rule, label: null };
    const source = rule.source(match, context, place);
    if (source !== null) return { rule, label: label(source, rule.part, rule.detail?.(match) ?? null) };
  }
  return null;
}

/** Rules that may match a line, and one expression that matches where any of them does: most lines fit none. */
interface Candidates {
  rules: readonly TextRule[];
  any: RegExp;
}

const NO_RULES: Candidates = { rules: [], any: /(?!)/y };

/** There are few such questions, asked of every line: each is answered once. */
const known = new Map<Place, Map<string | null, ReadonlyMap<Opens, Candidates>>>();

function candidates(place: Place, opens: Opens, section: string | null): Candidates {
  let sections = known.get(place);
  if (sections === undefined) {
    sections = new Map();
    known.set(place, sections);
  }
  let answers = sections.get(section);
  if (answers === undefined) {
    answers = new Map(OPENS.map((what) => [what, chooseRules(place, what, section)]));
    sections.set(section, answers);
  }
  return answers.get(opens) ?? NO_RULES;
}

function chooseRules(place: Place, opens: Opens, section: string | null): Candidates {
  const rules = TEXT_RULES.filter(({ places, within, onlyWithin, anyLine }) => {
    if (!places.includes(place)) return false;
    if (section !== null && within?.includes(section) === true) return true;
    return onlyWithin !== true && (opens === 'paragraph' || (opens === 'line' && anyLine === true));
  });
  if (rules.length === 0) return NO_RULES;
  return { rules, any: new RegExp(rules.map(({ marker }) => `(?:${marker.source})`).join('|'), 'y') };
}

interface Line {
  start: number;
  blank: boolean;
  /** The first line, or one behind a blank line. */
  startsParagraph: boolean;
}

function* linesOf(text: string, start: number, end: number): Generator<Line> {
  let startsParagraph = true;
  for (let position = start; position < end; ) {
    const newline = text.indexOf('\n', position);
    const next = newline === -1 ? end : newline + 1;
    const blank = text.slice(position, next).trim() === '';
    yield { start: position, blank, startsParagraph };
    startsParagraph = blank;
    position = next;
  }
}
