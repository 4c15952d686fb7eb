import type { Evidence } from '../../src/advice/index.js';
import type { SourceUse, ToolUse } from '../../src/store/index.js';

/** 1,000 requests of a million tokens and ten dollars in all, enough to tell what is not used, of the newest tried version. */
export function anEvidence(values: Partial<Omit<Evidence, 'uses'>> & Partial<Evidence['uses']> = {}): Evidence {
  const {
    cacheMisses = [],
    ratings = [],
    costUsd = 10,
    activity = { prompts: 5, hours: 20 },
    claudeVersion = '2.1.332',
    current = null,
    servers = [],
    ...uses
  } = values;
  return {
    cacheMisses,
    ratings,
    costUsd,
    activity,
    claudeVersion,
    current,
    servers,
    uses: {
      requests: 1_000,
      unbilledRequests: 0,
      unpricedRequests: 0,
      outdatedRequests: 0,
      inputTokens: 1_000_000,
      inputCostUsd: 8,
      sources: [],
      tools: [],
      ...uses,
    },
  };
}

/** In 500 requests of 10 sessions, all of it idle, never called. */
export function aUse(source: string, values: Partial<SourceUse> = {}): SourceUse {
  const tokens = values.tokens ?? 10_000;
  return {
    source,
    requests: 500,
    sessions: 10,
    tokens,
    share: tokens / 1e6,
    costUsd: tokens / 1e5,
    idleTokens: tokens,
    idleCostUsd: (values.idleTokens ?? tokens) / 1e5,
    funnel: { listed: 500, loaded: 500, called: 0 },
    ...values,
  };
}

/** Its definition was read in 500 requests, never called. */
export function aTool(source: string, tool: string, values: Partial<ToolUse> = {}): ToolUse {
  const tokens = values.tokens ?? 1_000;
  return { source, tool, tokens, costUsd: tokens / 1e5, listed: 500, loaded: 500, called: 0, ...values };
}

export function called(times: number): { funnel: SourceUse['funnel'] } {
  return { funnel: { listed: 500, loaded: 500, called: times } };
}
