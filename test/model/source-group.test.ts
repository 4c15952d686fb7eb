import { describe, expect, it } from 'vitest';
import { groupOf, groupTotals } from '../../src/model/source-group.js';

describe('groups of sources', () => {
  it.each([
    ['mcp:serena', 'mcp'],
    ['skill:plugin:review', 'skills'],
    ['command:greet', 'skills'],
    ['memory:/home/ada/CLAUDE.md', 'memory'],
    ['hook:PreToolUse', 'hooks'],
    ['agent:Explore', 'agents'],
    ['tool:Read', 'tools'],
    ['framework:system-prompt', 'framework'],
    ['user', 'conversation'],
    ['assistant', 'conversation'],
    ['unknown', 'unknown'],
    ['a type of a later version', 'unknown'],
  ])('%s belongs to %s', (source, group) => {
    expect(groupOf(source)).toBe(group);
  });

  it('sums each group, the largest first, and leaves out empty ones', () => {
    const totals = [
      { source: 'tool:Read', tokens: 100, newTokens: null, costUsd: 0.1 },
      { source: 'mcp:tickets', tokens: 300, newTokens: 20, costUsd: null },
      { source: 'mcp:serena', tokens: 400, newTokens: null, costUsd: 0.4 },
      { source: 'hook:Stop', tokens: 0, newTokens: 0, costUsd: 0 },
    ];
    expect(groupTotals(totals)).toEqual([
      { group: 'mcp', tokens: 700, newTokens: 20, costUsd: 0.4, sources: [totals[2], totals[1]] },
      { group: 'tools', tokens: 100, newTokens: null, costUsd: 0.1, sources: [totals[0]] },
    ]);
  });

  it('rounds the sum of dollars as every figure in dollars', () => {
    const totals = ['mcp:a', 'mcp:b'].map((source, index) => {
      return { source, tokens: 1, newTokens: null, costUsd: 0.1 * (index + 1) };
    });
    expect(groupTotals(totals)[0]?.costUsd).toBe(0.3);
  });
});
