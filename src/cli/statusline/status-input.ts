import { isRecord, type JsonRecord, parseRecord, stringOf } from '../../base/json.js';

/** What Claude Code writes to a status line command, as far as we use it. Null: this version does not say, or not yet. */
export interface StatusInput {
  sessionId: string | null;
  /** As Claude Code shows it: `Opus 4.6`. */
  model: string | null;
  /** Tokens that the context can hold. */
  window: number | null;
  /** Usage of the last answer of the main conversation. */
  lastUsage: { tokens: number; inputTokens: number; cacheReadTokens: number } | null;
  /** US dollars, an estimate by Claude Code. */
  costUsd: number | null;
}

/**
 * Reads the JSON of https://code.claude.com/docs/en/statusline. Anything may be missing or something else: 2.0.30 sends no
 * `context_window`, and later versions send it without usage before the first answer.
 */
export function readStatusInput(text: string): StatusInput {
  const input = parseRecord(text) ?? {};
  const window = recordOf(input.context_window);
  return {
    sessionId: stringOf(input.session_id),
    model: stringOf(recordOf(input.model).display_name) ?? stringOf(recordOf(input.model).id),
    window: amountOf(window.context_window_size) || null,
    lastUsage: isRecord(window.current_usage) ? usageOf(window.current_usage) : null,
    costUsd: amountOf(recordOf(input.cost).total_cost_usd),
  };
}

function usageOf(usage: JsonRecord): StatusInput['lastUsage'] {
  const amount = (field: string) => amountOf(usage[field]) ?? 0;
  const cacheReadTokens = amount('cache_read_input_tokens');
  const inputTokens = amount('input_tokens') + amount('cache_creation_input_tokens') + cacheReadTokens;
  return { tokens: inputTokens + amount('output_tokens'), inputTokens, cacheReadTokens };
}

function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

function amountOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
