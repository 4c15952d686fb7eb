import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import type { Stats, StatsFigures, StatsKey } from '../../../src/store/index.js';
import { describeStats, statsToCsv } from '../../../src/text/reports/stats.js';

const FIGURES: StatsFigures = {
  requests: 1_234,
  billedRequests: 1_200,
  failedRequests: 34,
  abortedRequests: 0,
  estimatedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 5_000_000,
  cacheReadTokens: 4_500_000,
  cacheWriteTokens: 400_000,
  outputTokens: 60_000,
  costUsd: 12.5,
  lostTokens: 90_000,
  lostUsd: 0.5,
  averageLatencyMs: 900,
  averageProxyOverheadMs: 1,
  feedbackCount: 4,
  averageRating: 0.5,
  valuePerUsd: 72,
  firstUsed: new Date('2026-01-05T10:00:00.000Z'),
  lastUsed: new Date('2026-01-06T10:00:00.000Z'),
  series: [0, 1, 2, 4],
};
const OF_SOURCE: Partial<StatsFigures> = {
  failedRequests: null,
  abortedRequests: null,
  estimatedRequests: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  lostTokens: null,
  lostUsd: null,
};

function stats(by: StatsKey, keys: readonly (string | null)[], values: Partial<StatsFigures> = {}): Stats {
  return {
    by,
    counts: 'all_requests',
    removedRequests: 0,
    removedAtEnds: 0,
    timeZone: 'UTC',
    series: { from: new Date('2026-01-05T10:00:00.000Z'), hoursEach: 6, spans: 4 },
    total: FIGURES,
    rows: keys.map((key) => ({ key, ...FIGURES, ...values })),
    totalRows: keys.length,
  };
}

const PIPE = Number.POSITIVE_INFINITY;

it('has the totals in one line', () => {
  expect(describeStats(stats('model', ['claude-x']), PIPE)[0]).toBe(
    '1234 requests (34 failed), 5.00M tokens in (90 % cached), 60.0k out, $12.50, $0.50 of it lost to cache misses, rated +0.5 on average (4).',
  );
  expect(describeStats({ ...stats('model', []), total: { ...FIGURES, requests: 0 } }, PIPE)).toEqual([
    'No request matches.',
  ]);
});

it('shows a sparkline for each model, and a bar for each day', () => {
  expect(describeStats(stats('model', ['claude-x']), PIPE).at(-1)).toMatch(/^claude-x .* {3}▂▄█$/);
  const days = stats('day', ['2026-01-06', '2026-01-05']);
  const half = days.rows.map((row, index) => (index === 0 ? row : { ...row, costUsd: 6.25 }));
  const lines = describeStats({ ...days, rows: half }, 80);
  expect(lines.at(-2)).toMatch(/ █{10} .* ▂▄█$/);
  expect(lines.at(-1)).toMatch(/ █{5} .* ▂▄█$/);
  expect(lines.at(-5)).toMatch(/^Tokens over time: {2}▂▄█ {2}\(2026-01-05 \d\d:00 to 2026-01-06 \d\d:00\)$/);
});

it('says that figures are of stored requests where retention has removed others', () => {
  const stored: Stats = { ...stats('project', ['/shop']), counts: 'stored_requests', removedRequests: 0 };
  expect(describeStats(stored, PIPE).join('\n')).not.toContain('still stored');
  expect(describeStats({ ...stored, removedRequests: 7 }, PIPE)).toContain(
    'Only requests that are still stored are counted: retention has removed 7 others.',
  );
  expect(describeStats({ ...stored, removedRequests: null }, PIPE)).toContain(
    'Only requests that are still stored are counted.',
  );
});

it('says that removed requests may be missing from the hours that a period cuts', () => {
  const cut: Stats = { ...stats('model', ['a']), removedAtEnds: 3 };
  const said =
    'Up to 3 removed requests are missing: in the hours in which the period begins and ends, only stored ones are counted.';
  expect(describeStats(cut, PIPE)).toContain(said);
  expect(describeStats({ ...cut, removedAtEnds: 1 }, PIPE).join('\n')).toContain(
    'Up to 1 removed request is missing: ',
  );
  expect(describeStats({ ...cut, total: { ...FIGURES, requests: 0 } }, PIPE)).toEqual(['No request matches.', said]);
});

it('names a turn by its prompt, and rows without a key by what they are', () => {
  const { rows, ...rest } = stats('prompt', ['turn_1', null]);
  const lines = describeStats({ ...rest, rows: rows.map((row) => ({ ...row, prompt: row.key && 'Fix it' })) }, PIPE);
  expect(lines.at(-2)).toMatch(/^Fix it /);
  expect(lines.at(-1)).toMatch(/^\(no prompt\) /);
});

it('lists no source without tokens, and counts them', () => {
  const { rows, ...rest } = stats('source', ['mcp:serena', 'framework:billing-header'], OF_SOURCE);
  const empty = rows.map((row, index) => (index === 0 ? row : { ...row, inputTokens: 0, costUsd: 0 }));
  const lines = describeStats({ ...rest, rows: empty }, PIPE);
  expect(lines.join('\n')).not.toContain('billing-header');
  expect(lines.at(-1)).toBe('1 more without tokens; --json has all.');
});

it('says what transcripts do not have', () => {
  const lines = describeStats(stats('source', ['mcp:serena', 'unknown:unrecorded'], OF_SOURCE), PIPE);
  expect(lines[2]).toMatch(/^unknown:unrecorded is what transcripts do not have: /);
});

it('has only columns that apply to sources', () => {
  const lines = describeStats(stats('source', ['mcp:serena'], OF_SOURCE), PIPE);
  expect(lines).toContain('A source has its share of the input; the cost of answers is only in the total.');
  expect(lines.find((line) => line.startsWith('SOURCE'))).toMatch(/TOKENS +SHARE +COST +RATING +TOKENS OVER TIME/);
  const byValue = describeStats(stats('source', ['mcp:serena'], OF_SOURCE), 80, { sort: 'value' });
  expect(byValue.find((line) => line.startsWith('SOURCE'))).toMatch(/GOOD\/\$/);
});

it.each<[StatsKey, string, Partial<StatsFigures>]>([
  ['source', `memory:/home/ada/${'very-long-folder/'.repeat(5)}CLAUDE.md`, OF_SOURCE],
  ['model', 'claude-sonnet-4-5-20250929-with-a-long-name', {}],
  ['session', 'f0b1c2d3-0000-4000-8000-000000000001', {}],
  ['hour', '2026-01-05T10:00:00.000Z', {}],
  ['day', '2026-01-05', {}],
  ['week', '2026-01-05', {}],
  ['month', '2026-01', {}],
  ['group', 'conversation', OF_SOURCE],
  ['project', `/home/ada/${'very-long-folder/'.repeat(5)}`, {}],
  ['prompt', 'turn_01jzx4w8q2v5n7m9p3r6t1y0ab', {}],
  ['mcp-tool', `mcp__serena__${'a_long_name_'.repeat(8)}`, OF_SOURCE],
])('fits a terminal of 80 columns, and one of 120: by %s', (by, key, values) => {
  for (const width of [80, 120]) {
    for (const line of describeStats(stats(by, [key, null], values), width)) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  }
});

it('counts further rows, and requests that are not in the dollars', () => {
  const lines = describeStats(
    { ...stats('model', ['a']), totalRows: 9, total: { ...FIGURES, unpricedRequests: 3 } },
    PIPE,
  );
  expect(lines.at(-1)).toBe('1 of 9; --limit shows more.');
  expect(lines[1]).toBe('3 requests to models without a known price: not in the cost.');
});

it('contains no control characters of captured names', () => {
  expect(describeStats(stats('source', ['mcp:\u001b[2J'], OF_SOURCE), 80).join('\n')).not.toContain('\u001b[2J');
});

it('writes CSV with a column for each figure, empty where it is unknown', () => {
  const [heading, row] = statsToCsv(stats('source', ['mcp:serena'], OF_SOURCE)).split('\r\n');
  expect(heading).toMatch(
    /^source,requests,billed_requests,failed_requests,aborted_requests,estimated_requests,unpriced_requests,input_tokens,/,
  );
  expect(row).toMatch(/^mcp:serena,1234,1200,,,,0,5000000,,,,12\.5,,,/);
});

it('draws no trend of a single hour', () => {
  expect(describeStats(stats('model', ['claude-x'], { series: [4] }), PIPE).join('\n')).not.toContain('OVER TIME');
});

it('shows calls and results of MCP tools, also of tools whose definition no request carried', () => {
  const { rows, ...rest } = stats('mcp-tool', ['mcp__serena__find', 'mcp__jira__search'], OF_SOURCE);
  const [find, search] = rows;
  const shown = {
    ...rest,
    rows: [
      { ...find, calls: 3, resultTokens: 1_200 },
      { ...search, requests: 0, inputTokens: 0, costUsd: 0, calls: 1, resultTokens: null },
    ] as Stats['rows'],
  };
  const lines = describeStats(shown, PIPE);
  expect(lines.find((line) => line.startsWith('MCP TOOL'))).toMatch(/REQUESTS +CALLS +RESULTS +TOKENS +COST/);
  expect(lines.at(-2)).toMatch(/^mcp__serena__find +1234 +3 +1\.2k/);
  expect(lines.at(-1)).toMatch(/^mcp__jira__search +0 +1 +–/);
  const [heading, row] = statsToCsv(shown).split('\r\n');
  expect(heading).toMatch(/^mcp_tool,calls,result_tokens,requests,/);
  expect(row).toMatch(/^mcp__serena__find,3,1200,1234,/);
});
