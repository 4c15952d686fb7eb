import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import { RULE_ACTIONS, type RuleHit } from '../../model/rule.js';
import { nullable, text } from './fields.js';

export const ruleHit = z.object({
  rule: text('slow-serena').openapi({ description: 'id of the rule' }),
  action: z.enum(RULE_ACTIONS),
  detail: nullable(text('2000 ms'), 'the tag, the text of the alert, the reason'),
}) satisfies z.ZodType<JsonRow<RuleHit>>;
