/**
 * The source, the tokens and the cost of every part of a request. Pure; see docs/dev/attribution.md.
 *
 * segments/   splits a request into pieces and labels them with their sources; rules/ has the tables of text markers
 * tokens/     estimates the tokens of each piece, and reconciles the estimates with bills
 * measure/    plans the counts of `count_tokens` that give the tokens of single pieces
 * cost/       prices the tokens of a bill
 * attribute   joins these for one request
 * threads/    does it for the requests of many sessions: threads.ts calls session/ (what earlier requests taught),
 *             purpose/ (what a request is for), find-thread (which thread it continues) and cache-miss
 * novelties/  finds names and texts of a new Claude Code that are not known here
 */

export { addedTo } from './added-pieces.js';
export { ATTRIBUTION_VERSION, type AttributionInput, attribute, EMPTY_CONTEXT, segmentText } from './attribute.js';
export { AttributionOverBudgetError, createBudget } from './budget.js';
export { carriedCost } from './cost/carried-cost.js';
export { contextWindow } from './cost/context-window.js';
export type { PriceOverrides } from './cost/prices.js';
export type { CountRequest, PinnedCall } from './measure/count-request.js';
export {
  findPinnedCall,
  type MeasurableRequest,
  type PlannedMeasurement,
  planMeasurements,
} from './measure/plan-measurements.js';
export { settleMeasurement } from './measure/settle-measurement.js';
export { findNovelties } from './novelties/find-novelties.js';
export { type AttributedExchange, createThreads, type FinishedExchange, type Threads } from './threads/threads.js';
export { answerPieces } from './tokens/answer-tokens.js';
export { estimateTokens } from './tokens/estimate-tokens.js';
export { NOTHING_MEASURED } from './tokens/measurements.js';
