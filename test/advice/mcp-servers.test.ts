import { describe, expect, it } from 'vitest';
import { advise, type Evidence, type ServerEvidence } from '../../src/advice/index.js';
import type { McpServerFigures } from '../../src/model/mcp-figures.js';
import { describeAction, describeReason } from '../../src/text/reports/advice/finding.js';
import { describeEvidence } from '../../src/text/reports/advice/report.js';
import { anEvidence } from './evidence.js';

/** Of 40 quick calls in 10 connections, all delivered whole. */
function aServer(values: Partial<McpServerFigures> = {}, more: Partial<ServerEvidence> = {}): ServerEvidence {
  const figures: McpServerFigures = {
    server: 'docs',
    source: 'mcp:docs',
    scope: 'project',
    transport: 'stdio',
    target: 'docs-server',
    era: 'legacy',
    protocol: '2025-11-25',
    version: null,
    connections: 10,
    openConnections: 0,
    readyMs: 200,
    exit: null,
    lost: 0,
    tools: 3,
    neverCalled: 0,
    changed: 0,
    instructions: null,
    definitionTokens: 1_000,
    calls: 40,
    alteredCalls: 0,
    failedCalls: 0,
    cancelledCalls: 0,
    openCalls: 0,
    p50Ms: 20,
    p95Ms: 90,
    bytesSaid: 1e6,
    tokensSaid: 250_000,
    deliveredCalls: 40,
    reducedCalls: 0,
    bytesGot: 1e6,
    tokensGot: 250_000,
    lastUsed: new Date(0),
    ...values,
  };
  return { figures, reduced: [], reducedTools: [], shortened: [], ...more };
}

const findingsOf = (server: ServerEvidence, values: Partial<Evidence> = {}) =>
  advise(anEvidence({ servers: [server], ...values })).findings.map((finding) => ({
    kind: finding.kind,
    says: describeReason(finding),
    finding,
  }));

describe('a recorded MCP server', () => {
  it('that is quick and whose results arrive whole needs no advice', () => {
    expect(findingsOf(aServer())).toEqual([]);
  });

  it('whose results do not arrive whole', () => {
    const reduced = [
      { form: 'persisted', results: 8 },
      { form: 'cut', results: 3 },
      { form: 'structured_only', results: 1 },
    ] as const;
    const [found] = findingsOf(aServer({ reducedCalls: 12 }, { reduced, reducedTools: ['find', 'read'] }));
    expect(found?.kind).toBe('reduced_results');
    expect(found?.says).toBe(
      'Of 40 results, 8 went to a file, 3 lost a part, 1 lost the texts next to their structured content. Tools: find, read.',
    );
  });

  it.each([
    ['few results', 40, 2],
    ['a small share of them', 100, 9],
  ])('is left alone for %s', (_, deliveredCalls, results) => {
    const reduced = [{ form: 'cut', results }] as const;
    expect(findingsOf(aServer({ deliveredCalls }, { reduced, reducedTools: ['find'] }))).toEqual([]);
  });

  it('whose definitions Claude Code shortens', () => {
    const shortened = [
      { name: 'find', bytesSaid: 5_000, bytesGot: 2_048 },
      { name: '', bytesSaid: 6_000, bytesGot: 4_096 },
    ];
    const [found] = findingsOf(aServer({}, { shortened }));
    expect(found?.kind).toBe('shortened_definitions');
    expect(found?.says).toBe('find: 2.0 KB of 4.9 KB. instructions: 4.0 KB of 5.9 KB.');
    expect(found?.finding.tools).toEqual(['find']);
  });

  it('that answers slowly', () => {
    const [found] = findingsOf(aServer({ calls: 14, p50Ms: 8_100, p95Ms: 31_000 }));
    expect(found?.kind).toBe('slow_calls');
    expect(found?.says).toBe('14 calls: half of them took 8.1 s or more, one in twenty 31.0 s or more.');
    expect(findingsOf(aServer({ calls: 4, p50Ms: 8_100, p95Ms: 31_000 }))).toEqual([]);
  });

  it('that starts slowly', () => {
    const [found] = findingsOf(aServer({ readyMs: 4_000 }));
    expect(found?.kind).toBe('slow_start');
    expect(found?.says).toBe('10 starts: half of them took 4.0 s or more.');
    expect(found && describeAction(found.finding)).toContain('docs');
    expect(findingsOf(aServer({ readyMs: null }))).toEqual([]);
  });

  it('that the newest sessions no longer have needs no advice', () => {
    expect(findingsOf(aServer({ readyMs: 4_000 }), { current: new Map() })).toEqual([]);
    expect(findingsOf(aServer({ readyMs: 4_000 }), { current: new Map([['mcp:docs', ['/work']]]) })).toHaveLength(1);
  });

  it('has no saving, and no setting', () => {
    const [found] = findingsOf(aServer({ readyMs: 4_000 }));
    expect(found?.finding).toMatchObject({ saved: null, settings: [], untried: null });
    expect(found && describeEvidence(found.finding)).toBe(found?.says);
  });
});
