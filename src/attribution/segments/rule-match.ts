import type { Place, RuleContext, TextRule } from '../rules/rules.js';
import { TEXT_RULES } from '../rules/rules-table.js';
import { type Label, label } from './piece.js';

/** A rule whose marker stands at a line. */
export interface Match {
  rule: TextRule;
  /** Null: what the text belongs to without rules. */
  label: Label | null;
}

/** Which sections a line may open: `line`, only those that count at any line. */
export type Opens = 'paragraph' | 'line' | 'nothing';

/** Rules that may match a line, and one expression that matches where any of them does: most lines fit none. */
interface Candidates {
  rules: readonly TextRule[];
  together: RegExp;
}

/** What may open a section, by the line it is tried at. */
export type SectionRules = Readonly<Record<Opens, Candidates | null>>;

/** There are few such questions, asked of every line: each is answered once. */
const known = new Map<Place, Map<TextRule | null, SectionRules>>();

/** `section`: the rule of the section that is open; null for none. */
export function rulesFor(place: Place, section: TextRule | null): SectionRules {
  let sections = known.get(place);
  if (sections === undefined) {
    sections = new Map();
    known.set(place, sections);
  }
  let rules = sections.get(section);
  if (rules === undefined) {
    const choose = (opens: Opens): Candidates | null => chooseRules(place, opens, section);
    rules = { paragraph: choose('paragraph'), line: choose('line'), nothing: choose('nothing') };
    sections.set(section, rules);
  }
  return rules;
}

function chooseRules(place: Place, opens: Opens, section: TextRule | null): Candidates | null {
  const rules = TEXT_RULES.filter(({ places, within, onlyWithin, anyLine }) => {
    if (!places.includes(place)) return false;
    if (section !== null && within?.includes(section.id) === true) return true;
    return onlyWithin !== true && (opens === 'paragraph' || (opens === 'line' && anyLine === true));
  });
  if (rules.length === 0) return null;
  return { rules, together: new RegExp(rules.map(({ marker }) => `(?:${marker.source})`).join('|'), 'y') };
}

/** The first rule that fits at a position, and what it says of the text from there on. */
export function matchRule(
  text: string,
  position: number,
  candidates: Candidates | null,
  place: Place,
  context: RuleContext,
): Match | null {
  if (candidates === null) return null;
  const { rules, together } = candidates;
  together.lastIndex = position;
  if (!together.test(text)) return null;
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
