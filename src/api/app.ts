import { bodyLimit } from 'hono/body-limit';
import type { PriceOverrides } from '../attribution/index.js';
import type { Budgets } from '../model/budget.js';
import { guard } from './access/guard.js';
import type { Refusals } from './access/refusals.js';
import type { Connections } from './connections.js';
import { documentRoutes } from './docs/routes.js';
import { ApiError, answerError, toApiError } from './errors.js';
import type { Feed } from './events/feed.js';
import { budgetRoutes } from './routes/budgets.js';
import { contextRoutes } from './routes/contexts.js';
import { eventRoutes } from './routes/events.js';
import { feedbackRoutes } from './routes/feedback.js';
import { healthRoutes } from './routes/health.js';
import { mcpRoutes } from './routes/mcp.js';
import { metricRoutes } from './routes/metrics.js';
import { requestRoutes } from './routes/requests.js';
import { responseRoutes } from './routes/responses.js';
import { newRoutes } from './routes/route.js';
import { sessionRoutes } from './routes/sessions.js';
import { turnRoutes } from './routes/turns.js';

export interface AppOptions {
  connections: Connections;
  prices: PriceOverrides;
  budgets: Budgets;
  token: string;
  /** The address where the server listens. */
  host: string;
  version: string;
  refusals: Refusals;
  feed: Feed;
  heartbeatMs: number;
  /** Called for unexpected errors, which are answered with status 500. */
  onFailure(error: unknown): void;
}

/** Bodies hold at most a comment of some KiB. */
const MAX_BYTES = 64 * 1024;

/** The routes of the API, and what all requests pass before them. */
export function createApp(options: AppOptions) {
  const { connections, prices, budgets, version } = options;
  const app = newRoutes();
  app.onError((thrown, context) => {
    const { answer, unexpected } = toApiError(thrown, context.req);
    if (unexpected) options.onFailure(thrown);
    return answerError(context, answer);
  });
  app.notFound((context) => answerError(context, new ApiError(404, 'There is no such operation. See /docs.')));
  app.use(async (context, next) => {
    await next();
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cache-Control', 'no-store');
  });
  app.use(guard(options));
  app.use(
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: () => {
        throw new ApiError(413, `The body is larger than ${MAX_BYTES / 1024} KiB.`);
      },
    }),
  );
  const operations = [
    requestRoutes(connections, prices),
    responseRoutes(connections),
    contextRoutes(connections),
    metricRoutes(connections),
    feedbackRoutes(connections),
    sessionRoutes(connections),
    turnRoutes(connections),
    mcpRoutes(connections, prices),
    budgetRoutes(connections, budgets),
    eventRoutes(options.feed, options.heartbeatMs),
    healthRoutes(version),
  ];
  for (const each of operations) app.route('/', each);
  app.route('/', documentRoutes(app, version));
  return app;
}
