import type { Evidence } from '../../src/advice/index.js';
import type { SourceUse, ToolUse } from '../../src/store/index.js';

/** 1,000 requests of a million tokens and ten dollars in all, enough to tell what is not used, of the newest tried version. */
export function anEvidence(values: Partial<Omit<Evidence, 'uses'>> & Partial<Evidence['uses']> = {}): Evidence {
  const {
    cacheMisses = [],
    ratings = [],
    cost_usd = 10,
    activity = { prompts: 5, hours: 20 },
    claude_version = '2.1.332',
    current = null,
    ...uses
  } = values;
  return {
    cacheMisses,
    ratings,
    cost_usd,
    activity,
    claude_version,
    current,
    uses: {
      requests: 1_000,
      unbilled_requests: 0,
      unpriced_requests: 0,
      outdated_requests: 0,
      input_tokens: 1_000_000,
      input_cost_usd: 8,
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
    cost_usd: tokens / 1e5,
    idle_tokens: tokens,
    idle_cost_usd: (values.idle_tokens ?? tokens) / 1e5,
    funnel: { listed: 500, loaded: 500, called: 0 },
    ...values,
  };
}

/** Its definition was read in 500 requests, never called. */
export function aTool(source: string, tool: string, values: Partial<ToolUse> = {}): ToolUse {
  const tokens = values.tokens ?? 1_000;
  return { source, tool, tokens, cost_usd: tokens / 1e5, listed: 500, loaded: 500, called: 0, ...values };
}

export function called(times: number): { funnel: SourceUse['funnel'] } {
  return { funnel: { listed: 500, loaded: 500, called: times } };
}
