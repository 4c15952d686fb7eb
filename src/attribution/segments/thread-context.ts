import type { ThreadContext } from '../../model/segment.js';

/** Nothing known beyond the body. */
export const EMPTY_CONTEXT: ThreadContext = { knownServers: [], agent: null };
