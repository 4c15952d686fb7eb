import type { Place, RuleContext, TextRule } from '../rules/rule.js';
import { TEXT_RULES } from '../rules/rules-table.js';
import { type Label, label } from './piece.js';

/** A rule whose marker stands at a line. */
export interface Match {
  rule: TextRule;
  /** Null: what the text belongs to without rules. */
  label: Label | null;
  /** Where the marker's own words end. */
  end: number;
}

/** What a line may open. */
export interface Question {
  place: Place;
  /** any: every marker of the place that needs no frame; line: those that count at any line; none: only what `of` allows. */
  free: 'any' | 'line' | 'none';
  /** The section or listing whose own rules count, too; null for none. */
  of: TextRule | null;
  /** Of these, only entries that count again behind other paragraphs. */
  resuming: boolean;
}

/** Rules that may match a line, and one expression that matches where any of them does: most lines fit none. */
interface Candidates {
  rules: readonly TextRule[];
  together: RegExp;
}

/** There are few such questions, asked of every line: each is answered once. */
const known = new Map<Place, Map<TextRule | null, Partial<Record<string, Candidates | null>>>>();

function candidatesFor(question: Question): Candidates | null {
  const { place, free, of, resuming } = question;
  let ofPlace = known.get(place);
  if (ofPlace === undefined) {
    ofPlace = new Map();
    known.set(place, ofPlace);
  }
  let answers = ofPlace.get(of);
  if (answers === undefined) {
    answers = {};
    ofPlace.set(of, answers);
  }
  const key = resuming ? RESUMING[free] : free;
  const answer = answers[key];
  if (answer !== undefined) return answer;
  const candidates = choose(question);
  answers[key] = candidates;
  return candidates;
}

const RESUMING = { any: 'any-resuming', line: 'line-resuming', none: 'none-resuming' } as const;

function choose({ place, free, of, resuming }: Question): Candidates | null {
  const rules = TEXT_RULES.filter(({ places, within, onlyWithin, anyLine, resumes }) => {
    if (!places.includes(place)) return false;
    if (of !== null && (onlyWithin ?? within)?.includes(of.id) === true && (!resuming || resumes === true)) return true;
    return onlyWithin === undefined && (free === 'any' || (free === 'line' && anyLine === true));
  });
  if (rules.length === 0) return null;
  return { rules, together: new RegExp(rules.map(({ marker }) => `(?:${marker.source})`).join('|'), 'y') };
}

/** The first rule that fits at a position, and what it says of the text from there on. */
export function matchRule(text: string, position: number, question: Question, context: RuleContext): Match | null {
  const candidates = candidatesFor(question);
  if (candidates === null) return null;
  const { rules, together } = candidates;
  together.lastIndex = position;
  if (!together.test(text)) return null;
  for (const rule of rules) {
    rule.marker.lastIndex = position;
    const match = rule.marker.exec(text);
    if (match === null) continue;
    const end = rule.marker.lastIndex;
    if (rule.source === undefined) return { rule, label: null, end };
    const source = rule.source(match, context, question.place);
    if (source !== null) return { rule, label: label(source, rule.part, rule.detail?.(match) ?? null), end };
  }
  return null;
}

/** What the start of a text says it is: the label of the first rule of the place that fits there; null for none. */
export function labelAt(text: string, position: number, place: Place, context: RuleContext): Label | null {
  return matchRule(text, position, { place, free: 'any', of: null, resuming: false }, context)?.label ?? null;
}
