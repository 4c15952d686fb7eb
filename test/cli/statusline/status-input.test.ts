import { describe, expect, it } from 'vitest';
import { readStatusInput } from '../../../src/cli/statusline/status-input.js';

const NOTHING = { sessionId: null, model: null, window: null, lastUsage: null, costUsd: null };
const read = (input: unknown) => readStatusInput(JSON.stringify(input));

describe('readStatusInput', () => {
  it('reads what 2.1.332 sends', () => {
    const current_usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3_000,
      output_tokens: 40,
    };
    const input = {
      session_id: 'f0b1',
      model: { id: 'claude-opus-4-6', display_name: 'Opus 4.6' },
      cost: { total_cost_usd: 0.5 },
      context_window: { context_window_size: 200_000, current_usage },
    };
    expect(read(input)).toEqual({
      sessionId: 'f0b1',
      model: 'Opus 4.6',
      window: 200_000,
      lastUsage: { tokens: 3_250, inputTokens: 3_210, cacheReadTokens: 3_000 },
      costUsd: 0.5,
    });
  });

  it('reads what 2.0.30 sends: no context_window', () => {
    expect(read({ session_id: 'f0b1', model: { id: 'claude-opus-4-6' }, cost: { total_cost_usd: 0 } })).toEqual({
      ...NOTHING,
      sessionId: 'f0b1',
      model: 'claude-opus-4-6',
      costUsd: 0,
    });
  });

  it.each(['', 'no JSON', '[]', '{"session_id":'])('knows nothing from %j', (text) => {
    expect(readStatusInput(text)).toEqual(NOTHING);
  });

  it.each([
    { session_id: 1, model: 'opus', context_window: [], cost: null },
    { model: { display_name: {} }, context_window: { context_window_size: '200k', current_usage: 5 } },
    { context_window: { context_window_size: 0 }, cost: { total_cost_usd: -1 } },
  ])('takes %j for unknown', (input) => {
    expect(read(input)).toEqual(NOTHING);
  });
});
