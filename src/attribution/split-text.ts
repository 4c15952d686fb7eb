import { type Cut, type Label, label } from './piece.js';
import type { Place, RuleContext, TextRule } from './rules.js';
import { TEXT_RULES } from './rules-table.js';

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
  let section: string | null = null;
  /** The last section that is no entry: what follows an entry's blank line. */
  let frame: Match | null = null;
  let inEntry = false;
  for (const line of linesOf(text, start, end)) {
    const opens: boolean = line.startsParagraph && (section === null || !isTagged(place));
    const found: Match | null = line.blank ? null : matchRule(text, line.start, place, opens, section, context);
    if (found !== null) {
      cuts.push({ start: line.start, label: found.label ?? base });
      section = found.rule.id;
      inEntry = found.rule.entry === true;
      if (!inEntry) frame = found;
    } else if (inEntry && line.blank) {
      cuts.push({ start: line.start, label: frame?.label ?? base });
      section = frame?.rule.id ?? null;
      inEntry = false;
    }
  }
  return cuts;
}

/** What the start of a text says it is: the label of the first rule of the place that fits there; null for none. */
export function labelAt(text: string, position: number, place: Place, context: RuleContext): Label | null {
  return matchRule(text, position, place, true, null, context)?.label ?? null;
}

function matchRule(
  text: string,
  position: number,
  place: Place,
  opens: boolean,
  section: string | null,
  context: RuleContext,
): Match | null {
  for (const rule of TEXT_RULES) {
    if (!rule.places.includes(place)) continue;
    const continues = section !== null && rule.within?.includes(section) === true;
    if (!continues && (!opens || rule.onlyWithin === true)) continue;
    rule.marker.lastIndex = position;
    const match = rule.marker.exec(text);
    if (match === null) continue;
    if (rule.source === undefined) return { rule, label: null };
    const source = rule.source(match, context, place);
    if (source !== null) return { rule, label: label(source, rule.part, rule.detail?.(match) ?? null) };
  }
  return null;
}

function isTagged(place: Place): boolean {
  return place === 'reminder' || place === 'tail';
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
