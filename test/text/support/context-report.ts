import type { ContextPoint } from '../../../src/history/context-growth.js';
import { groupTotals } from '../../../src/model/source-group.js';
import type { ContextReport } from '../../../src/text/reports/context.js';

export function contextPoint(changes: Partial<ContextPoint> = {}): ContextPoint {
  const { number = 1, tokens = 1_000 } = changes;
  const sources = [
    { source: 'framework:system', tokens: 400, newTokens: 0, share: 0.4, costUsd: 0.002 },
    { source: 'mcp:serena', tokens: 250, newTokens: 0, share: 0.25, costUsd: 0.00125 },
    { source: 'user', tokens: (tokens ?? 1_000) - 650, newTokens: 20, share: 0.35, costUsd: 0.00175 },
  ];
  return {
    number,
    id: `req_${number}`,
    timestamp: new Date(Date.UTC(2026, 2, 1, 12, 0, number)),
    model: 'claude-opus-4-5',
    state: 'complete',
    continuation: 'extends',
    tokens,
    known: 'exact',
    cacheReadTokens: 900,
    outputTokens: 50,
    costUsd: 0.01,
    costIsEstimate: false,
    groups: groupTotals(sources),
    window: 200_000,
    compaction: null,
    cacheMiss: null,
    ...changes,
  };
}

export function contextReport(points: readonly ContextPoint[], changes: Partial<ContextReport> = {}): ContextReport {
  return {
    sessionId: 'f0b1c2d3-0000-4000-8000-000000000001',
    agentId: null,
    threadId: null,
    points,
    total: points.length,
    maxTokens: Math.max(0, ...points.map(({ tokens }) => tokens ?? 0)),
    agents: [],
    ...changes,
  };
}
