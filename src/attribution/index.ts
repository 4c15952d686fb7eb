/** Where every part of a request came from, its tokens and its cost. Pure; see docs/attribution.md. */

export type { ThreadContext } from '../model/segment.js';
export { ATTRIBUTION_VERSION, type AttributionInput, attribute, segmentText } from './attribute.js';
export type { PriceOverride, PriceOverrides } from './prices.js';
export { EMPTY_CONTEXT } from './thread-context.js';
export { createThreads, type ThreadRequest, type Threads } from './threads.js';
