import { describe, expect, it } from 'vitest';
import { liveLine } from '../../../src/text/reports/live-line.js';
import { requestRow } from '../support/request-rows.js';

const NOW = new Date('2026-03-01T12:00:05Z');
const withoutTime = (line: string) => line.replace(/^.*?\d\d:\d\d:\d\d {2}/, '');

describe('liveLine', () => {
  it('has model, status, tokens, cost, times and the largest sources', () => {
    const sources = (['user', 'mcp:serena', 'framework:system', 'assistant'] as const).map((source, index) => ({
      source,
      tokens: index * 100,
      share: index / 10,
      newTokens: null,
      costUsd: null,
    }));
    expect(withoutTime(liveLine(requestRow({ sources }), NOW))).toBe(
      'messages  claude-sonnet-4-5  200  1.0k in (90 % cached)  50 out  $0.0200  first token 300 ms  1.5 s  ' +
        '← assistant 30 %, framework:system 20 %, mcp:serena 10 %',
    );
  });

  it('has the error and the purpose of a failed request', () => {
    const tokens = { ...requestRow().tokens, input: null, output: null };
    const row = requestRow({
      status: null,
      error: 'upstream reset',
      purpose: 'subagent',
      tokens,
      costUsd: null,
      ttftMs: null,
    });
    expect(withoutTime(liveLine(row, NOW))).toBe('subagent  claude-sonnet-4-5  failed (upstream reset)  1.5 s');
  });

  it('marks the input of an answer without a bill as an estimate, of whose cache nothing is known', () => {
    const tokens = { ...requestRow().tokens, input: 103, cacheRead: null, known: 'estimated' as const };
    expect(liveLine(requestRow({ status: 429, tokens }), NOW)).toContain('  429  ~103 in  50 out  ');
  });

  it('names the source of a cache miss', () => {
    const cache_miss = {
      cause: 'changed',
      source: 'mcp:clock',
      path: '/tools/1',
      detail: null,
      lostTokens: 9,
      lostUsd: null,
    };
    expect(liveLine(requestRow({ cacheMiss: { ...cache_miss, cause: 'changed' } }), NOW)).toContain(
      '  cache missed at mcp:clock',
    );
  });

  it('has the URL of a request without a model', () => {
    expect(liveLine(requestRow({ kind: 'telemetry', model: null }), NOW)).toContain(
      'telemetry  https://api.anthropic.com',
    );
  });
});
