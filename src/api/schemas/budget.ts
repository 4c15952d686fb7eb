import { z } from '@hono/zod-openapi';
import { BUDGET_PERIODS } from '../../model/budget.js';
import { count, dollars, share, text } from './fields.js';

const budget = z
  .object({
    period: z.enum(BUDGET_PERIODS).openapi({ description: 'session, local day, or local month', example: 'day' }),
    limit_usd: dollars.nullable().openapi({ description: 'null without a budget', example: 5 }),
    cost_usd: dollars.openapi({ description: 'of the requests with a known price' }),
    share: share
      .nullable()
      .openapi({ description: 'of the limit; above 1 where more was spent; null without a budget' }),
    is_estimate: z.boolean().openapi({ description: 'some output was estimated', example: false }),
    unpriced_requests: count.openapi({ description: 'billed, with an unknown price', example: 0 }),
  })
  .openapi('Budget', { description: 'what was spent in a period, and its limit' });

export const budgetList = z
  .object({
    session_id: text('f0b1c2d3-0000-4000-8000-000000000001')
      .nullable()
      .openapi({ description: 'null without sessions' }),
    budgets: z.array(budget),
  })
  .openapi('BudgetList');
