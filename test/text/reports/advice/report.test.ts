import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { type Advice, advise } from '../../../../src/advice/index.js';
import { describeAdvice } from '../../../../src/text/reports/advice/report.js';
import { anEvidence, aUse } from '../../../advice/evidence.js';

const SOURCES = [
  aUse('mcp:tickets', { tokens: 100_000 }),
  aUse('skill:tidy', { tokens: 20_000 }),
  aUse(`memory:/home/ada/${'folder/'.repeat(12)}CLAUDE.md`, { tokens: 30_000, funnel: null }),
];
const ADVICE = advise(anEvidence({ sources: SOURCES }));
const text = (advice: Advice, width = Number.POSITIVE_INFINITY) => describeAdvice(advice, [], width).join('\n');

it('describes what to change, why, the saving, and the setting with the tested versions', () => {
  expect(text(ADVICE)).toContain(
    [
      ' 1. Disable the MCP server tickets',
      '    In 500 requests of 10 sessions, never called. Saves about 100.0k tokens (10 % of the input, 100 per request), ' +
        '$1.00, estimated; certainty high.',
      '    Stops working: the server: its resources and prompts.',
      '    → claude mcp remove tickets',
      '      in a shell, in the project; if it was added with claude mcp add; tried with 2.0.30, 2.1.197, 2.1.329, 2.1.332.',
    ].join('\n'),
  );
});

it('ends with the total, certain and uncertain savings apart', () => {
  expect(describeAdvice(ADVICE, [], Number.POSITIVE_INFINITY).slice(-2)).toEqual([
    'Leaving out what was never used would have saved about 120.0k tokens (12 % of the input, 120 per request), $1.20, ' +
      'and what is a matter of judgement 30.0k tokens (3 % of the input, 30 per request), $0.30 more at most, estimated.',
    'After a change, claude-trace suggest --check says what it saved.',
  ]);
});

it('fits 80 columns, except settings and paths, which are meant to be copied', () => {
  for (const line of describeAdvice(ADVICE, [], 80)) {
    if (!line.includes('→') && !line.includes('/folder/')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  }
  expect(text(ADVICE, 80)).toContain('→ "deniedMcpServers": [{"serverName":"tickets"}]\n');
});

it('shows the first of many findings, and counts the others', () => {
  const many = Array.from({ length: 20 }, (_, index) => aUse(`mcp:server-${index}`));
  expect(text(advise(anEvidence({ sources: many })))).toContain('… and 8 more; --json has all.');
});

it('says that there is nothing to suggest', () => {
  expect(text(advise(anEvidence()))).toBe(
    'Nothing to suggest: what requests carried was used, or costs next to nothing.',
  );
});

it('contains no control characters of captured names', () => {
  const hostile = advise(anEvidence({ sources: [aUse('mcp:\u001b[2J'), aUse('skill:a\nb')] }));
  expect(text(hostile)).not.toContain('\u001b');
});

it('names the file of a finding, and ends with the settings of each file in one piece', () => {
  const [server, skill] = ADVICE.findings;
  const entries = [
    { path: ['permissions', 'deny'], value: 'WebSearch', isItem: true },
    { path: ['permissions', 'deny'], value: 'Agent(scout)', isItem: true },
    { path: ['skillOverrides', 'tidy'], value: 'user-invocable-only', isItem: false },
  ];
  const findings = skill === undefined ? [] : [skill];
  const change = { project: null, shownFile: '~/.claude/settings.json', entries, findings };
  const lines = describeAdvice(ADVICE, [change], Number.POSITIVE_INFINITY);
  expect(lines).toContain('    → ~/.claude/settings.json, below');
  expect(server?.kind).toBe('unused_server');
  expect(lines).toContain('    → claude mcp remove tickets');
  const start = lines.indexOf('~/.claude/settings.json');
  expect(JSON.parse(lines.slice(start + 1, -2).join('\n'))).toEqual({
    permissions: { deny: ['WebSearch', 'Agent(scout)'] },
    skillOverrides: { tidy: 'user-invocable-only' },
  });
});

it('says in one line that findings are held back', () => {
  const once = { requests: 60, sessions: 1 };
  const of = (...sources: string[]) =>
    text(advise(anEvidence({ sources: sources.map((each) => aUse(each, once)), requests: 60 })));
  expect(of('mcp:tickets')).toBe(
    'Nothing to suggest yet.\n' +
      '1 uncertain finding is held back: it comes from one session of under 100 requests. --json has it.',
  );
  expect(of('mcp:tickets', 'skill:tidy')).toContain(
    '2 uncertain findings are held back: they come from one session of under 100 requests. --json has them.',
  );
});
