import { describe, expect, it } from 'vitest';
import { contextWindow } from '../../../src/attribution/index.js';

describe('the context window', () => {
  it('is that of the model, the long one by its header or by the input', () => {
    expect(contextWindow('claude-opus-4-5-20251101', '', 1_000)).toBe(200_000);
    expect(contextWindow('claude-sonnet-4-5', 'context-1m-2025-08-07,other', 1_000)).toBe(1_000_000);
    expect(contextWindow('claude-sonnet-4-5', '', 250_000)).toBe(1_000_000);
    expect(contextWindow('claude-opus-4-7', '', 1_000)).toBe(1_000_000);
    expect(contextWindow('some-model', '', 1_000)).toBeNull();
    expect(contextWindow(null, '', 1_000)).toBeNull();
  });

  it('is the one that Claude Code uses where the API would accept more', () => {
    for (const model of ['claude-sonnet-4-6', 'claude-opus-4-6', 'claude-opus-4-6-20260205']) {
      expect(contextWindow(model, 'context-management-2025-06-27', 1_000)).toBe(200_000);
      expect(contextWindow(model, 'context-1m-2025-08-07', 1_000)).toBe(1_000_000);
      expect(contextWindow(model, '', 250_000)).toBe(1_000_000);
    }
  });
});
