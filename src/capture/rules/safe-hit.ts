import type { RuleHit } from '../../model/rule.js';
import { bounded } from '../limits.js';
import type { Redactor } from '../redact/redactor.js';

const MAX_DETAIL_LENGTH = 500;

/** What may be stored of a hit: its detail may repeat what a message said. */
export function safeHit({ rule, action, detail }: RuleHit, redactor: Redactor): RuleHit {
  return { rule, action, detail: bounded(detail === null ? null : redactor.text(detail), MAX_DETAIL_LENGTH) };
}
