import { z } from '@hono/zod-openapi';
import { BUDGET_PERIODS, type Budgets } from '../../model/budget.js';
import type { Reader } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { meantIds } from '../meant-ids.js';
import { budgetList } from '../schemas/budget.js';
import { failures } from '../schemas/error.js';
import { sessionId } from '../schemas/parameters.js';
import { json, newRoutes, operation } from './route.js';

const list = operation('get', '/api/claude/budgets', 'listBudgets', 'What was spent, and the budgets for it', {
  description: 'Budgets are set by `claude-trace config set budget.day 5`, and read when the server starts.',
  request: { query: z.strictObject({ session_id: sessionId }) },
  responses: { 200: json('spending by period', budgetList), ...failures(400, 404) },
});

export function budgetRoutes({ ask }: Connections, budgets: Budgets) {
  return newRoutes().openapi(list, (context) => {
    const asked = context.req.valid('query');
    return context.json(
      ask((reader) => readBudgets(reader, budgets, meantIds(reader, asked).sessionId)),
      200,
    );
  });
}

function readBudgets(reader: Reader, limits: Budgets, chosen: string | undefined): z.infer<typeof budgetList> {
  const session = chosen ?? reader.sessions({}, { limit: 1 }).rows[0]?.id ?? null;
  const spending = reader.spending(BUDGET_PERIODS, { now: new Date(), sessionId: session });
  const budgets = BUDGET_PERIODS.flatMap((period) => {
    const [limitUsd, spent] = [limits[period], spending[period]];
    if (spent === undefined) return [];
    return {
      period,
      limit_usd: limitUsd,
      cost_usd: spent.costUsd,
      share: limitUsd === null ? null : spent.costUsd / limitUsd,
      is_estimate: spent.isEstimate,
      unpriced_requests: spent.unpriced,
    };
  });
  return { session_id: session, budgets };
}
