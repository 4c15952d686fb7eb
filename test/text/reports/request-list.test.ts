import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import type { SourceTotal } from '../../../src/model/request.js';
import { requestPrinter } from '../../../src/text/reports/request-list.js';
import { requestRow } from '../support/request-rows.js';

const total = (source: string, tokens: number, costUsd: number | null = tokens / 1e6): SourceTotal => ({
  source,
  tokens,
  newTokens: null,
  share: tokens / 1_000,
  costUsd,
});
const ROW = requestRow({
  sources: [
    total('user', 600),
    total('mcp:serena', 300),
    total('mcp:vault', 60),
    total('tool:Read', 40),
    total('mcp:idle', 0),
  ],
});
const PIPE = Number.POSITIVE_INFINITY;

it('a table shows the largest sources of each request', () => {
  const [heading, row] = requestPrinter('table', PIPE).print([ROW], 1).split('\n');
  expect(heading).toMatch(/LATENCY +SOURCES$/);
  expect(row).toMatch(/ user 60 %, mcp:serena 30 %, mcp:vault 6 %$/);
});

it('a table marks input that was not billed', () => {
  const tokens = { ...ROW.tokens, input: 102, cacheRead: null, known: 'estimated' as const };
  expect(requestPrinter('table', PIPE).print([{ ...ROW, tokens }], 1)).toMatch(/ 200 +~102 +– /);
});

it('with a filter on sources, a table shows what the matching ones put into each request', () => {
  const [heading, row] = requestPrinter('table', PIPE, 'mcp:*').print([ROW], 1).split('\n');
  expect(heading).toMatch(/MATCHING +SHARE +ITS COST +SOURCES$/);
  expect(row).toMatch(/ 360 +36 % +\$0\.0004 +mcp:serena 30 %, mcp:vault 6 %$/);
});

it('on 80 columns, what the matching sources cost has room', () => {
  const rated = { ...ROW, id: 'req_01m8mp37xhh6ze', rating: 1 };
  const lines = requestPrinter('table', 80, 'mcp:*').print([rated], 1).trimEnd().split('\n');
  expect(lines[0]).toMatch(/MATCHING +ITS COST$/);
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
});

it('so do JSON and CSV', () => {
  const matching = { tokens: 360, share: 0.36, cost_usd: 0.00036 };
  expect(JSON.parse(requestPrinter('json', PIPE, 'mcp:*').print([ROW], null))).toMatchObject([
    { id: 'req_1', matching },
  ]);
  expect(JSON.parse(requestPrinter('ndjson', PIPE, 'mcp:*').print([ROW], null))).toMatchObject({ matching });
  const [heading, row] = requestPrinter('csv', PIPE, 'mcp:*').print([ROW], null).split('\r\n');
  expect(heading).toMatch(/,sources,matching_tokens,matching_share,matching_cost_usd$/);
  expect(row).toMatch(/,360,0\.36,0\.00036$/);
  expect(requestPrinter('json', PIPE).print([ROW], null)).not.toContain('matching');
  expect(requestPrinter('csv', PIPE).print([ROW], null)).not.toContain('matching');
});

it('an unknown cost stays unknown', () => {
  const row = requestRow({ sources: [total('mcp:serena', 300, null)] });
  expect(JSON.parse(requestPrinter('ndjson', PIPE, 'mcp:*').print([row], null)).matching.cost_usd).toBeNull();
});
