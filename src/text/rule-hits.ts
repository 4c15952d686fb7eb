import type { RuleHit } from '../model/rule.js';
import { printableLine } from './text.js';
import { counted } from './units.js';

/** `slow-serena: delay of the answer, 2000 ms`. @param what `request` or `answer`; empty where it is clear from the context */
export function describeHit({ rule, action, detail }: RuleHit, what = ''): string {
  return `${rule}: ${action}${what === '' ? '' : ` of the ${what}`}${detail === null ? '' : `, ${detail}`}`;
}

/** The hits of rules on a request and its response, below a title; no lines without hits. */
export function describeRuleHits(hits: readonly RuleHit[]): string[] {
  return hits.length === 0 ? [] : ['', 'Rules:', ...hits.map((hit) => printableLine(`  ${describeHit(hit)}`))];
}

/** `4 hits of 2 rules, 1 alert`; null without hits. */
export function sumHits(figures: readonly { rule: string; action: RuleHit['action']; hits: number }[]): string | null {
  if (figures.length === 0) return null;
  const sum = (of: typeof figures) => of.reduce((total, { hits }) => total + hits, 0);
  const rules = new Set(figures.map(({ rule }) => rule)).size;
  const alerts = sum(figures.filter(({ action }) => action === 'alert'));
  return `${counted(sum(figures), 'hit')} of ${counted(rules, 'rule')}${alerts === 0 ? '' : `, ${counted(alerts, 'alert')}`}`;
}
