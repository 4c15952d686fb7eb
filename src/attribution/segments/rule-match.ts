import type { Place, RuleContext, TextRule } from '../rules/rule.js';
import { TEXT_RULES } from '../rules/rules-table.js';
import { type Label, label } from './piece.js';

/** A rule whose marker matched at a line. */
export interface Match {
  rule: TextRule;
  /** Null: the label of the text around it. */
  label: Label | null;
  /** Where the marker ends. */
  end: number;
}

/** Which rules count at a line. */
export interface LineQuery {
  place: Place;
  /** any: all rules of the place that need no frame; line: those that count at any line; none: only those of `of`. */
  free: 'any' | 'line' | 'none';
  /** The section or listing whose own rules count, too; null for none. */
  of: TextRule | null;
  /** Restricts the rules of `of` to entries that resume behind other paragraphs. */
  resuming: boolean;
}

/** Rules that may match a line, and one expression that matches where any of them does: most lines match none. */
interface Candidates {
  rules: readonly TextRule[];
  together: RegExp;
}

/** There are few different queries, one for every line: each is computed once. */
const computed = new Map<Place, Map<TextRule | null, Partial<Record<string, Candidates | null>>>>();

function candidatesFor(query: LineQuery): Candidates | null {
  const { place, free, of, resuming } = query;
  let ofPlace = computed.get(place);
  if (ofPlace === undefined) {
    ofPlace = new Map();
    computed.set(place, ofPlace);
  }
  let ofSection = ofPlace.get(of);
  if (ofSection === undefined) {
    ofSection = {};
    ofPlace.set(of, ofSection);
  }
  const key = resuming ? RESUMING[free] : free;
  const known = ofSection[key];
  if (known !== undefined) return known;
  const candidates = choose(query);
  ofSection[key] = candidates;
  return candidates;
}

const RESUMING = { any: 'any-resuming', line: 'line-resuming', none: 'none-resuming' } as const;

function choose({ place, free, of, resuming }: LineQuery): Candidates | null {
  const rules = TEXT_RULES.filter(({ places, within, onlyWithin, anyLine, resumes }) => {
    if (!places.includes(place)) return false;
    if (of !== null && (onlyWithin ?? within)?.includes(of.id) === true && (!resuming || resumes === true)) return true;
    return onlyWithin === undefined && (free === 'any' || (free === 'line' && anyLine === true));
  });
  if (rules.length === 0) return null;
  return { rules, together: new RegExp(rules.map(({ marker }) => `(?:${marker.source})`).join('|'), 'y') };
}

/** The first rule that fits at a position, and the label of the text from there on. */
export function matchRule(text: string, position: number, query: LineQuery, context: RuleContext): Match | null {
  const candidates = candidatesFor(query);
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
    const source = rule.source(match, context, query.place);
    if (source !== null) return { rule, label: label(source, rule.part, rule.detail?.(match) ?? null), end };
  }
  return null;
}

/** The label of the first rule of a place that fits at a position; null for none. */
export function labelAt(text: string, position: number, place: Place, context: RuleContext): Label | null {
  return matchRule(text, position, { place, free: 'any', of: null, resuming: false }, context)?.label ?? null;
}
