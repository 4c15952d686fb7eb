import type { Rule } from '../file/schema.js';
import type { When } from '../file/when-schema.js';
import { ALWAYS, type Condition, type Known } from './condition.js';

/**
 * The messages that a rule sees if its conditions do not name any:
 * - with `direction` or `kind` anywhere in them: all, and the conditions decide
 * - with `result` or `error`: answers
 * - with `method`: requests and notifications of either side
 * - with no action but `redact`: all
 * - else: requests of the client
 */
export function scopeOf({ when = {}, then }: Pick<Rule, 'when' | 'then'>): Condition {
  if (mentions(when, 'direction') || mentions(when, 'kind')) return ALWAYS;
  if (mentions(when, 'result') || mentions(when, 'error')) return ofKnown(({ kind }) => kind && kind === 'response');
  if (mentions(when, 'method')) return ofKnown(({ kind }) => kind && kind !== 'response');
  if (then.every((action) => action.redact !== undefined)) return ALWAYS;
  return ofKnown(({ sender, kind }) => sender === 'client' && kind && kind === 'request');
}

/** Whether conditions contain one of this name, at any depth. */
function mentions(when: When, name: keyof When): boolean {
  const { all = [], any = [], not } = when;
  const inner = not === undefined ? [...all, ...any] : [...all, ...any, not];
  return when[name] !== undefined || inner.some((each) => mentions(each, name));
}

function ofKnown(holdsFor: (known: Known) => boolean | undefined): Condition {
  return { holdsFor, holds: (message) => holdsFor(message) ?? false };
}
