import { describe, expect, it } from 'vitest';
import { advise, type Evidence, type FindingKind } from '../../src/advice/index.js';
import { anEvidence, aTool, aUse, called } from './evidence.js';

const kinds = (evidence: Evidence) => advise(evidence).findings.map(({ kind }) => kind);
function findingOf(kind: FindingKind, evidence: Evidence) {
  const finding = advise(evidence).findings.find((each) => each.kind === kind);
  if (finding === undefined) throw new Error(`no finding of kind ${kind}`);
  return finding;
}
const settings = (kind: FindingKind, evidence: Evidence) => findingOf(kind, evidence).settings.map(({ text }) => text);

describe('what was never used', () => {
  it('a server: the ways to disable it hang on where it was set up', () => {
    const of = (source: string) => settings('unused_server', anEvidence({ sources: [aUse(source)] }));
    expect(of('mcp:serena')).toEqual([
      'claude mcp remove serena',
      '"disabledMcpjsonServers": ["serena"]',
      '"deniedMcpServers": [{"serverName":"serena"}]',
      '/mcp',
    ]);
    expect(of('mcp:plugin_github_api')[0]).toBe('claude plugin disable github');
    expect(of('mcp:claude_ai_Linear')).toContain('"disableClaudeAiConnectors": true');
  });

  it('says why in numbers, what it would have saved, and how sure that is', () => {
    const finding = findingOf('unused_server', anEvidence({ sources: [aUse('mcp:serena', { tokens: 50_000 })] }));
    expect(finding).toMatchObject({
      evidence: 'In 500 requests of 10 sessions, never called.',
      saved: { tokens: 50_000, cost_usd: 0.5, share: 0.05 },
      saving: 'measured',
      certainty: 'high',
    });
    const certainty = (requests: number, sessions: number) =>
      findingOf('unused_server', anEvidence({ sources: [aUse('mcp:serena', { requests, sessions })] })).certainty;
    expect([certainty(500, 1), certainty(30, 2), certainty(3, 3)]).toEqual(['low', 'medium', 'low']);
  });

  it('built-in tools, skills and agents: one setting for all that are equally certain', () => {
    const evidence = anEvidence({
      sources: ['tool:WebSearch', 'tool:NotebookEdit', 'skill:tidy', 'skill:team:bake', 'agent:scout'].map((source) =>
        aUse(source),
      ),
    });
    expect(settings('unused_tools', evidence)).toEqual(['"permissions": {"deny":["WebSearch","NotebookEdit"]}']);
    expect(settings('unused_skills', evidence)).toEqual([
      '"skillOverrides": {"tidy":"user-invocable-only","team:bake":"user-invocable-only"}',
    ]);
    expect(settings('unused_agents', evidence)).toEqual(['"permissions": {"deny":["Agent(scout)"]}']);
    const rare = anEvidence({ sources: [aUse('skill:tidy'), aUse('skill:new', { requests: 2, sessions: 1 })] });
    expect(advise(rare).findings.map(({ sources, certainty }) => [sources, certainty])).toEqual([
      [['skill:tidy'], 'high'],
      [['skill:new'], 'low'],
    ]);
  });

  it('single tools of a server that is used', () => {
    const evidence = anEvidence({
      sources: [aUse('mcp:serena', { ...called(30), idle_tokens: 3_000, tokens: 10_000 })],
      tools: [
        aTool('mcp:serena', 'mcp__serena__find', { called: 30 }),
        aTool('mcp:serena', 'mcp__serena__rename'),
        aTool('mcp:serena', 'mcp__serena__deferred', { tokens: 0, loaded: 0 }),
      ],
    });
    expect(findingOf('unused_server_tools', evidence)).toMatchObject({
      tools: ['mcp__serena__rename'],
      saved: { tokens: 1_000 },
      settings: [{ text: '"permissions": {"deny":["mcp__serena__rename"]}', verified: ['2.1.197', '2.1.329'] }],
    });
  });

  it('never what was used in any way, nor what Claude Code cannot do without', () => {
    const evidence = anEvidence({
      sources: [
        aUse('mcp:serena', called(5)),
        aUse('skill:typed', { idle_tokens: 4_000 }),
        aUse('mcp:resumed', { idle_tokens: 9_000 }),
        ...['ToolSearch', 'Read', 'Bash', 'Skill', 'Agent'].map((name) => aUse(`tool:${name}`)),
        aUse('user', { idle_tokens: null, idle_cost_usd: null, funnel: null }),
      ],
    });
    expect(kinds(evidence).filter((kind) => kind.startsWith('unused'))).toEqual([]);
  });
});

describe('what could cost less', () => {
  it('memory files that cost most, by path', () => {
    const evidence = anEvidence({
      sources: [
        aUse('memory:/project/CLAUDE.md', { tokens: 40_000, funnel: null }),
        aUse('memory:/small.md', { tokens: 400, funnel: null }),
      ],
    });
    expect(findingOf('memory', evidence)).toMatchObject({
      evidence: 'About 80 tokens in each of 500 requests.',
      saving: 'at_most',
      settings: [{ text: '"claudeMdExcludes": ["/project/CLAUDE.md"]' }],
    });
    expect(kinds(evidence)).toEqual(['memory']);
  });

  it('hooks that print much', () => {
    const evidence = anEvidence({ sources: [aUse('hook:UserPromptSubmit', { tokens: 20_000, funnel: null })] });
    expect(findingOf('hook', evidence).advice).toContain('UserPromptSubmit');
  });

  it('results of servers that fill the conversation: what is saved depends on the limit', () => {
    const evidence = anEvidence({
      sources: [aUse('mcp:logs', { ...called(12), tokens: 200_000, idle_tokens: 1_000 })],
    });
    expect(findingOf('large_results', evidence)).toMatchObject({
      saved: null,
      evidence: expect.stringContaining('12 calls and their results'),
      settings: [{ text: '"env": {"MAX_MCP_OUTPUT_TOKENS":"10000"}' }],
    });
  });

  it('definitions that are loaded in full although they are used: a search can load them', () => {
    const tools = [aTool('mcp:serena', 'mcp__serena__find', { called: 300, tokens: 30_000 })];
    const evidence = anEvidence({ sources: [aUse('mcp:serena', called(300))], tools });
    expect(findingOf('loaded_in_full', evidence)).toMatchObject({
      saved: { tokens: 30_000 },
      settings: [{ text: '"env": {"ENABLE_TOOL_SEARCH":"true"}' }],
    });
    const deferred = [aTool('mcp:serena', 'mcp__serena__find', { called: 300, tokens: 30_000, loaded: 20 })];
    expect(kinds(anEvidence({ sources: [aUse('mcp:serena', called(300))], tools: deferred }))).toEqual([]);
  });

  it('a server that is rarely used, as a weaker finding', () => {
    const evidence = anEvidence({ sources: [aUse('mcp:serena', called(2))] });
    expect(findingOf('rarely_used', evidence)).toMatchObject({ saving: 'at_most', certainty: 'low' });
    expect(kinds(anEvidence({ sources: [aUse('mcp:serena', called(100))] }))).toEqual([]);
  });

  it('what breaks the cache, with what it cost; nothing where a person can do nothing', () => {
    const group = { detail: null, requests: 9, sessions: 3, lost_tokens: 50_000, lost_usd: 1.5 };
    const evidence = anEvidence({
      cacheMisses: [
        { ...group, cause: 'changed', source: 'memory:/CLAUDE.md' },
        { ...group, cause: 'expired', source: null, lost_usd: 1 },
        { ...group, cause: 'parameters', source: null, detail: 'thinking', lost_usd: 0.5 },
        { ...group, cause: 'changed', source: 'framework:system' },
        { ...group, cause: 'unknown', source: null },
        { ...group, cause: 'changed', source: 'hook:Stop', lost_usd: 0.001 },
      ],
    });
    expect(advise(evidence).findings.map(({ kind, sources, saved }) => [kind, sources, saved?.cost_usd])).toEqual([
      ['cache_misses', ['memory:/CLAUDE.md'], 1.5],
      ['cache_misses', [], 1],
      ['cache_misses', [], 0.5],
    ]);
    expect(findingOf('cache_misses', evidence).evidence).toBe(
      '9 requests of 3 sessions paid anew for 50,000 tokens that lay in the cache.',
    );
  });

  it('sources of badly rated requests, when enough of them are rated', () => {
    const rated = (feedback_count: number, average_rating: number) =>
      kinds(
        anEvidence({
          sources: [aUse('skill:bake', { ...called(50), tokens: 1_000 }), aUse('user', { funnel: null })],
          ratings: ['skill:bake', 'user'].map((source) => ({ source, feedback_count, average_rating })),
        }),
      );
    expect(rated(3, -0.5)).toEqual(['low_rated']);
    expect(rated(2, -1)).toEqual([]);
    expect(rated(9, 0)).toEqual([]);
  });
});

describe('what it comes to', () => {
  const sources = [
    aUse('mcp:unused', { tokens: 100_000 }),
    aUse('tool:WebSearch', { tokens: 50_000 }),
    aUse('memory:/CLAUDE.md', { tokens: 20_000, funnel: null }),
  ];

  it('is the sum of what was measured, and apart from it what is a matter of judgement', () => {
    const { saved, saved_at_most, findings } = advise(anEvidence({ sources }));
    expect(saved).toEqual({ tokens: 150_000, cost_usd: 1.5, share: expect.closeTo(0.15, 9) });
    expect(saved_at_most).toMatchObject({ tokens: 20_000, cost_usd: 0.2 });
    expect(findings.map(({ kind }) => kind)).toEqual(['unused_server', 'unused_tools', 'memory']);
  });

  it('counts nothing twice: tools of a dropped server are within it, and a source has one finding', () => {
    const { saved, saved_at_most, findings } = advise(
      anEvidence({
        sources,
        tools: [aTool('mcp:unused', 'mcp__unused__a'), aTool('mcp:unused', 'mcp__unused__b')],
        ratings: ['mcp:unused', 'memory:/CLAUDE.md'].map((source) => ({
          source,
          feedback_count: 9,
          average_rating: -1,
        })),
      }),
    );
    expect([saved.tokens, saved_at_most.tokens]).toEqual([150_000, 20_000]);
    const named = findings.flatMap((finding) => finding.sources);
    expect(new Set(named).size).toBe(named.length);
  });

  it('is unknown in dollars where no price is known', () => {
    const unpriced = sources.map((use) => ({ ...use, cost_usd: null, idle_cost_usd: null }));
    expect(advise(anEvidence({ sources: unpriced, cost_usd: null })).saved).toMatchObject({
      tokens: 150_000,
      cost_usd: null,
    });
  });

  it('is nothing where nothing was captured', () => {
    expect(advise(anEvidence({ requests: 0, input_tokens: 0 }))).toMatchObject({
      findings: [],
      saved: { tokens: 0, share: 0 },
    });
  });
});
