/** Where every part of a request came from, its tokens and its cost. Pure; see docs/dev/attribution.md. */

export { ATTRIBUTION_VERSION, type AttributionInput, attribute, segmentText } from './attribute.js';
export { AttributionOverBudgetError, type Budget, createBudget } from './budget.js';
export type { PriceOverrides } from './cost/prices.js';
export { EMPTY_CONTEXT } from './segments/thread-context.js';
export { type AttributedExchange, createThreads, type FinishedExchange, type Threads } from './threads/threads.js';
