import { describe, expect, it } from 'vitest';
import { advise, claudeVersion, type Evidence, type FindingKind } from '../../src/advice/index.js';
import { describeAction, describeLoss, describeReason } from '../../src/text/reports/advice/finding.js';
import { describeNoFindings } from '../../src/text/reports/advice/report.js';
import { describeUntried, settingText } from '../../src/text/reports/advice/setting.js';
import { anEvidence, aTool, aUse, called } from './evidence.js';

const kinds = (evidence: Evidence) => advise(evidence).findings.map(({ kind }) => kind);
function findingOf(kind: FindingKind, evidence: Evidence) {
  const finding = advise(evidence).findings.find((each) => each.kind === kind);
  if (finding === undefined) throw new Error(`no finding of kind ${kind}`);
  return finding;
}
const settings = (kind: FindingKind, evidence: Evidence) => findingOf(kind, evidence).settings.map(settingText);

describe('unused sources', () => {
  it('a server: the settings depend on where it was configured', () => {
    const of = (source: string) => settings('unused_server', anEvidence({ sources: [aUse(source)] }));
    expect(of('mcp:serena')).toEqual([
      'claude mcp remove serena',
      '"disabledMcpjsonServers": ["serena"]',
      '"deniedMcpServers": [{"serverName":"serena"}]',
      '/mcp',
    ]);
    expect(of('mcp:plugin_github_api')).toEqual([
      'claude plugin disable github',
      '"deniedMcpServers": [{"serverName":"plugin:github:api"}]',
      '/mcp',
    ]);
  });

  it('have evidence in numbers, a saving, and a certainty', () => {
    const finding = findingOf('unused_server', anEvidence({ sources: [aUse('mcp:serena', { tokens: 50_000 })] }));
    expect(describeReason(finding)).toBe('In 500 requests of 10 sessions, never called.');
    expect(finding).toMatchObject({
      requests: 500,
      sessions: 10,
      saved: { tokens: 50_000, tokensPerRequest: 50, costUsd: 0.5, share: 0.05, known: 'estimated' },
      saving: 'measured',
      certainty: 'high',
    });
    const certainty = (requests: number, sessions: number) =>
      findingOf('unused_server', anEvidence({ sources: [aUse('mcp:serena', { requests, sessions })] })).certainty;
    expect([certainty(500, 1), certainty(30, 2), certainty(100, 5)]).toEqual(['low', 'medium', 'high']);
  });

  it('built-in tools, skills and agents: one setting for all that are equally certain', () => {
    const evidence = anEvidence({
      sources: ['tool:WebSearch', 'tool:NotebookEdit', 'skill:tidy', 'skill:bake', 'agent:scout'].map((source) =>
        aUse(source),
      ),
    });
    expect(settings('unused_tools', evidence)).toEqual(['"permissions": {"deny":["WebSearch","NotebookEdit"]}']);
    expect(settings('unused_skills', evidence)).toEqual([
      '"skillOverrides": {"tidy":"user-invocable-only","bake":"user-invocable-only"}',
    ]);
    expect(settings('unused_agents', evidence)).toEqual(['"permissions": {"deny":["Agent(scout)"]}']);
    const rare = anEvidence({ sources: [aUse('skill:tidy'), aUse('skill:new', { requests: 200, sessions: 1 })] });
    expect(advise(rare).findings.map(({ sources, certainty }) => [sources, certainty])).toEqual([
      [['skill:tidy'], 'high'],
      [['skill:new'], 'low'],
    ]);
  });

  it('single tools of a server that is used', () => {
    const evidence = anEvidence({
      sources: [aUse('mcp:serena', { ...called(30), idleTokens: 3_000, tokens: 10_000 })],
      tools: [
        aTool('mcp:serena', 'mcp__serena__find', { called: 30 }),
        aTool('mcp:serena', 'mcp__serena__rename', { tokens: 10_000 }),
        aTool('mcp:serena', 'mcp__serena__deferred', { tokens: 0, loaded: 0 }),
      ],
    });
    expect(findingOf('unused_server_tools', evidence)).toMatchObject({
      tools: ['mcp__serena__rename'],
      saved: { tokens: 10_000 },
      settings: [{ verified: ['2.1.197', '2.1.329', '2.1.332'] }],
    });
    expect(settings('unused_server_tools', evidence)).toEqual(['"permissions": {"deny":["mcp__serena__rename"]}']);
  });

  it('never a source that was used in any way, nor one that Claude Code needs', () => {
    const evidence = anEvidence({
      sources: [
        aUse('mcp:serena', called(5)),
        aUse('skill:typed', { idleTokens: 4_000 }),
        aUse('mcp:resumed', { idleTokens: 9_000 }),
        ...['ToolSearch', 'Read', 'Bash', 'Skill', 'Agent'].map((name) => aUse(`tool:${name}`)),
        aUse('user', { idleTokens: null, idleCostUsd: null, funnel: null }),
      ],
    });
    expect(kinds(evidence).filter((kind) => kind.startsWith('unused'))).toEqual([]);
  });
});

describe('no advice', () => {
  const NEEDED =
    'EnterPlanMode ExitPlanMode AskUserQuestion TaskOutput TaskStop BashOutput KillShell Monitor TodoWrite TaskCreate TaskUpdate ' +
    'TaskList TaskGet Skill SlashCommand ToolSearch Agent Task Read Edit Write Bash Glob Grep SendMessage ListAgents EnterWorktree ' +
    'ExitWorktree CronCreate CronDelete CronList ListMcpResourcesTool ReadMcpResourceTool ReadMcpResourceDirTool StructuredOutput';

  it.each(NEEDED.split(' '))('to leave out %s, which Claude Code needs, used or not, rated or not', (name) => {
    const source = `tool:${name}`;
    const ratings = [{ source, feedbackCount: 9, averageRating: -1 }];
    expect(kinds(anEvidence({ sources: [aUse(source)], ratings }))).toEqual([]);
  });

  it.each(['general-purpose', 'Explore', 'Plan', 'claude', 'statusline-setup'])('to deny the agent %s', (name) => {
    const ratings = [{ source: `agent:${name}`, feedbackCount: 9, averageRating: -1 }];
    expect(kinds(anEvidence({ sources: [aUse(`agent:${name}`)], ratings }))).toEqual([]);
  });

  it('with a setting for a built-in tool that was not tried: the finding says so', () => {
    const evidence = anEvidence({ sources: [aUse('tool:BrandNewTool'), aUse('tool:WebSearch')] });
    expect(
      advise(evidence).findings.map(({ sources, settings, untried }) => [
        sources,
        settings.length,
        untried && describeUntried(untried),
      ]),
    ).toEqual([
      [['tool:WebSearch'], 1, null],
      [['tool:BrandNewTool'], 0, 'It was not tried whether Claude Code 2.1.332 works without BrandNewTool.'],
    ]);
  });

  it('to deny tools that are mostly deferred: their lines cost next to nothing', () => {
    const deferred = { funnel: { listed: 500, loaded: 3, called: 0 }, tokens: 4_000 };
    expect(kinds(anEvidence({ sources: [aUse('tool:WebSearch', deferred)] }))).toEqual([]);
    const tools = [aTool('mcp:serena', 'mcp__serena__rename', { loaded: 20, tokens: 20_000 })];
    expect(kinds(anEvidence({ sources: [aUse('mcp:serena', called(100))], tools }))).toEqual([]);
    expect(kinds(anEvidence({ sources: [aUse('mcp:small', { tokens: 4_000 })] }))).toEqual([]);
  });

  it('to leave out a tool that a used source needs', () => {
    const sources = [aUse('tool:ReportFindings'), aUse('skill:code-review', called(2))];
    expect(kinds(anEvidence({ sources }))).toEqual([]);
    const unused = findingOf('unused_tools', anEvidence({ sources: [aUse('tool:ReportFindings')] }));
    expect(describeLoss(unused)).toContain('/code-review');
  });

  it('about skills with names that no setting allows, or that have left the requests', () => {
    const odd = anEvidence({
      sources: ['skill:a b', 'skill:mcp: prompt', 'agent:**Note', 'skill:tidy'].map((each) => aUse(each)),
    });
    expect(settings('unused_skills', odd)).toEqual(['"skillOverrides": {"tidy":"user-invocable-only"}']);
    expect(kinds(odd)).toEqual(['unused_skills']);
    const gone = anEvidence({
      sources: [aUse('skill:tidy'), aUse('skill:gone')],
      current: new Map([['skill:tidy', ['/project']]]),
    });
    expect(settings('unused_skills', gone)).toEqual(['"skillOverrides": {"tidy":"user-invocable-only"}']);
    const hostile = anEvidence({ sources: [aUse('mcp:x; rm -rf ~')] });
    expect(findingOf('unused_server', hostile).settings).toEqual([]);
  });

  it('about sources that have left the requests: the advice was followed', () => {
    const sources = ['mcp:tickets', 'memory:/CLAUDE.md', 'hook:Stop', 'agent:scout'].map((source) =>
      aUse(source, { tokens: 50_000, ...(/memory|hook/.test(source) ? { funnel: null } : {}) }),
    );
    expect(kinds(anEvidence({ sources, current: new Map() }))).toEqual([]);
    expect(kinds(anEvidence({ sources }))).toHaveLength(4);
  });

  it('at all where there is too little work: it says what is missing', () => {
    const sources = [
      aUse('mcp:tickets', { tokens: 100_000 }),
      aUse('memory:/CLAUDE.md', { tokens: 50_000, funnel: null }),
    ];
    const of = (requests: number, prompts: number, hours: number) =>
      advise(anEvidence({ sources, requests, activity: { prompts, hours } }));
    expect(of(12, 2, 0.1)).toMatchObject({
      findings: [],
      saved: { tokens: 0 },
      tooShort: {
        requests: 12,
        prompts: 2,
        needed: { requests: 20, prompts: 5, hours: 0.5 },
        missing: { requests: 8, prompts: 3, hours: 0.4 },
      },
    });
    expect(describeNoFindings(of(12, 2, 0.1))).toBe(
      'Too short to tell what is not used: 12 requests in 6 minutes. ' +
        '8 requests, 3 prompts and 24 minutes more of work are needed.',
    );
    expect(of(20, 5, 0.5).tooShort).toBeNull();
    expect(describeNoFindings(of(19, 5, 0.5))).toContain(' 1 request more of work is needed.');
    expect(of(20, 4, 0.5).tooShort).not.toBeNull();
    expect(of(20, 5, 0.4).tooShort).not.toBeNull();
    expect(of(100, 5, 0.1).tooShort).toBeNull();
  });

  it('about a new source, which had no chance to be used', () => {
    expect(kinds(anEvidence({ sources: [aUse('mcp:new', { requests: 19, sessions: 1 })] }))).toEqual([]);
  });
});

describe('uncertain findings', () => {
  const once = { requests: 60, sessions: 1 };

  it('from one short session are held back, and in no sum', () => {
    const sources = [aUse('mcp:tickets', once), aUse('skill:tidy', { requests: 60, sessions: 2 })];
    const { findings, heldBack, saved } = advise(anEvidence({ sources }));
    expect(findings.map(({ sources: each }) => each)).toEqual([['skill:tidy']]);
    expect(heldBack.map(({ sources: each }) => each)).toEqual([['mcp:tickets']]);
    expect(saved.tokens).toBe(10_000);
  });

  it('from a long session, or without a source in a longer history, are shown', () => {
    const long = { requests: 100, sessions: 1 };
    const miss = { cause: 'expired', source: null, detail: null, lostTokens: 9, lostUsd: 5 } as const;
    const cacheMisses = [{ ...miss, requests: 1, sessions: 1 }];
    const of = (use: typeof long) => advise(anEvidence({ sources: [aUse('mcp:tickets', use)], cacheMisses }));
    expect(of(long)).toMatchObject({ findings: [{ certainty: 'low' }, { kind: 'cache_misses' }], heldBack: [] });
    expect(of(once)).toMatchObject({ findings: [], heldBack: [{ certainty: 'low' }, { kind: 'cache_misses' }] });
  });
});

describe('plugins', () => {
  const parts = ['mcp:plugin_kit_api', 'skill:kit:polish', 'agent:kit:guide'];

  it('an unused one is disabled as a whole, and counted once', () => {
    const evidence = anEvidence({ sources: [...parts.map((source) => aUse(source)), aUse('skill:tidy')] });
    expect(
      advise(evidence).findings.map(({ kind, sources, settings: each }) => [kind, sources, each.map(settingText)[0]]),
    ).toEqual([
      ['unused_plugin', parts, 'claude plugin disable kit'],
      ['unused_skills', ['skill:tidy'], '"skillOverrides": {"tidy":"user-invocable-only"}'],
    ]);
    expect(advise(evidence).saved.tokens).toBe(40_000);
  });

  it('unused parts of a used one are advised against one by one, where a setting works', () => {
    const used = [aUse('skill:kit:shine', called(3)), ...parts.map((source) => aUse(source))];
    const { findings } = advise(anEvidence({ sources: used }));
    expect(findings.map(({ kind, settings: each, untried }) => [kind, each.map(settingText), untried])).toEqual([
      ['unused_server', ['"deniedMcpServers": [{"serverName":"plugin:kit:api"}]', '/mcp'], null],
      ['unused_skills', [], { reason: 'not_tried', version: '2.1.332', methods: ['skillOverrides'] }],
      ['unused_agents', ['"permissions": {"deny":["Agent(kit:guide)"]}'], null],
    ]);
  });

  it('a prefix alone may also be a folder of commands', () => {
    const one = anEvidence({ sources: [aUse('skill:team:bake'), aUse('skill:team:stew')] });
    expect(findingOf('unused_skills', one).settings.map((each) => [settingText(each), each.condition])).toEqual([
      ['claude plugin disable team', 'prefix_is_plugin'],
      ['"skillOverrides": {"team:bake":"user-invocable-only","team:stew":"user-invocable-only"}', 'prefix_is_folder'],
    ]);
    const other = anEvidence({ sources: [aUse('skill:team:bake'), aUse('skill:team:stew', called(1))] });
    expect(settings('unused_skills', other)).toEqual(['"skillOverrides": {"team:bake":"user-invocable-only"}']);
  });

  it('a typed command is a use of its plugin', () => {
    const typed = aUse('command:kit:wave', { idleTokens: 0, funnel: null });
    expect(kinds(anEvidence({ sources: [typed, ...parts.map((source) => aUse(source))] }))).not.toContain(
      'unused_plugin',
    );
  });

  it('an ambiguous name has no setting by name, unless another part of the plugin resolves it', () => {
    const two = anEvidence({ sources: [aUse('mcp:plugin_my_kit_api')] });
    expect(settings('unused_server', two)).toEqual(['/mcp']);
    const known = anEvidence({ sources: [aUse('mcp:plugin_my_kit_api'), aUse('skill:my_kit:polish', called(1))] });
    expect(settings('unused_server', known)[0]).toBe('"deniedMcpServers": [{"serverName":"plugin:my_kit:api"}]');
  });
});

describe('versions of Claude Code', () => {
  const sources = [aUse('mcp:serena'), aUse('skill:tidy'), aUse('agent:scout'), aUse('tool:WebSearch')];
  const texts = (claudeVersion: string | null) =>
    Object.fromEntries(
      advise(anEvidence({ sources, claudeVersion })).findings.map(({ kind, settings: each, untried }) => [
        kind,
        untried === null ? each.length : describeUntried(untried),
      ]),
    );

  it('a setting counts for versions between tried ones', () => {
    expect(texts('2.1.250')).toEqual({ unused_server: 4, unused_skills: 1, unused_agents: 1, unused_tools: 1 });
    expect(texts('2.0.30')).toEqual({
      unused_server: 4,
      unused_skills: 'skillOverrides does not work for this in Claude Code 2.0.30, or was not tried with it.',
      unused_agents: 'permissions.deny does not work for this in Claude Code 2.0.30, or was not tried with it.',
      unused_tools: 1,
    });
    const tools = anEvidence({
      sources: ['tool:WebSearch', 'tool:Workflow'].map((each) => aUse(each)),
      claudeVersion: '2.1.50',
    });
    expect(settings('unused_tools', tools)).toEqual(['"permissions": {"deny":["WebSearch"]}']);
    // Between a version where it fails and one where it works the effect is not known.
    expect(texts('2.1.50').unused_skills).toContain('was not tried with it');
    expect(texts('2.1.50').unused_server).toBe(4);
  });

  it('no setting counts for versions beyond those, or for an unknown one', () => {
    for (const version of ['2.1.333', '2.0.29', '3.0.0']) {
      expect(texts(version).unused_server).toBe(
        `No setting was tried with Claude Code ${version}, only with 2.0.30 to 2.1.332.`,
      );
    }
    expect(texts(null).unused_agents).toContain('do not say which version');
    expect(claudeVersion('claude-cli/2.1.332 (external, cli)')).toBe('2.1.332');
    expect([claudeVersion('curl/8.0'), claudeVersion(null)]).toEqual([null, null]);
  });
});

describe('sources that could cost less', () => {
  it('memory files that cost most, by path', () => {
    const evidence = anEvidence({
      sources: [
        aUse('memory:/project/CLAUDE.md', { tokens: 40_000, funnel: null }),
        aUse('memory:/small.md', { tokens: 400, funnel: null }),
      ],
    });
    expect(findingOf('memory', evidence)).toMatchObject({ tokensEach: 80, requests: 500, saving: 'at_most' });
    expect(describeReason(findingOf('memory', evidence))).toBe('Takes about 80 tokens in each of 500 requests.');
    expect(settings('memory', evidence)).toEqual(['"claudeMdExcludes": ["/project/CLAUDE.md"]']);
    const of = (path: string) =>
      settings('memory', anEvidence({ sources: [aUse(`memory:${path}`, { funnel: null })] }));
    expect(of('/home/ada/.claude/projects/-work/memory/MEMORY.md')).toEqual(['"autoMemoryEnabled": false']);
    expect([of('/etc/claude-code/CLAUDE.md'), of('/home/dev/shop/.claude/agent-memory/scout/MEMORY.md')]).toEqual([
      [],
      [],
    ]);
    expect(kinds(evidence)).toEqual(['memory']);
  });

  it('hooks with much output', () => {
    const evidence = anEvidence({ sources: [aUse('hook:UserPromptSubmit', { tokens: 20_000, funnel: null })] });
    expect(describeAction(findingOf('hook', evidence))).toContain('UserPromptSubmit');
  });

  it('results of servers that fill the conversation: the saving depends on the limit', () => {
    const evidence = anEvidence({
      sources: [aUse('mcp:logs', { ...called(12), tokens: 200_000, idleTokens: 1_000 })],
    });
    expect(findingOf('large_results', evidence)).toMatchObject({
      saved: null,
      calls: 12,
      share: expect.closeTo(0.199, 9),
    });
    expect(settings('large_results', evidence)).toEqual(['"env": {"MAX_MCP_OUTPUT_TOKENS":"10000"}']);
  });

  it('definitions of used tools that are loaded in full: a search can load them', () => {
    const tools = [aTool('mcp:serena', 'mcp__serena__find', { called: 300, tokens: 30_000 })];
    const evidence = anEvidence({ sources: [aUse('mcp:serena', called(300))], tools });
    expect(findingOf('loaded_in_full', evidence)).toMatchObject({
      // 500 lines with its name stay.
      saved: { tokens: 27_000, costUsd: expect.closeTo(0.27, 9) },
    });
    expect(settings('loaded_in_full', evidence)).toEqual(['"env": {"ENABLE_TOOL_SEARCH":"true"}']);
    const deferred = [aTool('mcp:serena', 'mcp__serena__find', { called: 300, tokens: 30_000, loaded: 20 })];
    expect(kinds(anEvidence({ sources: [aUse('mcp:serena', called(300))], tools: deferred }))).toEqual([]);
  });

  it('a rarely used server, as a weaker finding', () => {
    const evidence = anEvidence({ sources: [aUse('mcp:serena', called(2))] });
    expect(findingOf('rarely_used', evidence)).toMatchObject({ saving: 'at_most', certainty: 'low' });
    expect(kinds(anEvidence({ sources: [aUse('mcp:serena', called(100))] }))).toEqual([]);
  });

  it('causes of cache misses with their cost; none that the user cannot change', () => {
    const group = { detail: null, requests: 9, sessions: 3, lostTokens: 50_000, lostUsd: 1.5 };
    const evidence = anEvidence({
      cacheMisses: [
        { ...group, cause: 'changed', source: 'memory:/CLAUDE.md' },
        { ...group, cause: 'expired', source: null, lostUsd: 1 },
        { ...group, cause: 'parameters', source: null, detail: 'thinking', lostUsd: 0.5 },
        { ...group, cause: 'changed', source: 'framework:system' },
        { ...group, cause: 'unknown', source: null },
        { ...group, cause: 'changed', source: 'hook:Stop', lostUsd: 0.001 },
      ],
    });
    expect(advise(evidence).findings.map(({ kind, sources, saved }) => [kind, sources, saved?.costUsd])).toEqual([
      ['cache_misses', ['memory:/CLAUDE.md'], 1.5],
      ['cache_misses', [], 1],
      ['cache_misses', [], 0.5],
    ]);
    expect(describeReason(findingOf('cache_misses', evidence))).toBe(
      '9 requests of 3 sessions paid again for 50.0k tokens that were in the cache.',
    );
  });

  it('sources of badly rated requests, when enough of them are rated', () => {
    const rated = (feedbackCount: number, averageRating: number) =>
      kinds(
        anEvidence({
          sources: [aUse('skill:bake', { ...called(50), tokens: 1_000 }), aUse('user', { funnel: null })],
          ratings: ['skill:bake', 'user'].map((source) => ({ source, feedbackCount, averageRating })),
        }),
      );
    expect(rated(3, -0.5)).toEqual(['low_rated']);
    expect(rated(2, -1)).toEqual([]);
    expect(rated(9, 0)).toEqual([]);
  });
});

describe('the total saving', () => {
  const sources = [
    aUse('mcp:unused', { tokens: 100_000 }),
    aUse('tool:WebSearch', { tokens: 50_000 }),
    aUse('memory:/CLAUDE.md', { tokens: 20_000, funnel: null }),
  ];

  it('is the sum of measured savings, with a separate sum for matters of judgement', () => {
    const { saved, savedAtMost, findings } = advise(anEvidence({ sources }));
    expect(saved).toEqual({
      tokens: 150_000,
      tokensPerRequest: 150,
      costUsd: 1.5,
      share: expect.closeTo(0.15, 9),
      known: 'estimated',
    });
    expect(savedAtMost).toMatchObject({ tokens: 20_000, costUsd: 0.2 });
    expect(findings.map(({ kind }) => kind)).toEqual(['unused_server', 'unused_tools', 'memory']);
  });

  it('counts nothing twice: a dropped server includes its tools, and a source has one finding', () => {
    const { saved, savedAtMost, findings } = advise(
      anEvidence({
        sources,
        tools: [aTool('mcp:unused', 'mcp__unused__a'), aTool('mcp:unused', 'mcp__unused__b')],
        ratings: ['mcp:unused', 'memory:/CLAUDE.md'].map((source) => ({
          source,
          feedbackCount: 9,
          averageRating: -1,
        })),
      }),
    );
    expect([saved.tokens, savedAtMost.tokens]).toEqual([150_000, 20_000]);
    const named = findings.flatMap((finding) => finding.sources);
    expect(new Set(named).size).toBe(named.length);
  });

  it('is unknown in dollars where no price is known', () => {
    const unpriced = sources.map((use) => ({ ...use, costUsd: null, idleCostUsd: null }));
    expect(advise(anEvidence({ sources: unpriced, costUsd: null })).saved).toMatchObject({
      tokens: 150_000,
      costUsd: null,
    });
  });

  it('is zero where nothing was captured', () => {
    expect(advise(anEvidence({ requests: 0, inputTokens: 0 }))).toMatchObject({
      findings: [],
      saved: { tokens: 0, share: 0 },
    });
  });
});
