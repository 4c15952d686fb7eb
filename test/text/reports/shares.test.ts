import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import type { RequestShare } from '../../../src/model/request.js';
import { describeShares } from '../../../src/text/reports/shares.js';
import { aShare } from '../../store/support/records.js';

const share = (source: string, tokens: number, values: Partial<RequestShare> = {}): RequestShare => ({
  ...aShare(source, tokens, { newTokens: 0, ...values }),
  requestId: 'req_1',
});

const SHARES = [
  share('user', 5, { newTokens: 5 }),
  share('mcp:serena', 300, { part: 'definition' }),
  share('mcp:serena', 40, { part: 'result', newTokens: 40 }),
  share('mcp:vault', 60, { part: 'definition' }),
  share('tool:Read', 1_200, { part: 'definition' }),
  share('tool:Bash', 395, { part: 'definition' }),
  share('tool:Grep', 100, { part: 'definition' }),
  share('tool:Edit', 100, { part: 'definition' }),
  share('framework:billing-header', 0, { costUsd: 0 }),
];
const PIPE = Number.POSITIVE_INFINITY;

it('a request is shown by group, the largest first, with the names of its largest sources', () => {
  expect(describeShares(SHARES, PIPE, false).map((line) => line.replace(/ {2,}/g, '  ').trimEnd())).toEqual([
    'GROUP  TOKENS  SHARE  COST  NEW  SOURCES',
    'tools (4)  1.8k  82 %  ████████████  $0.0018  tool:Read 1.2k, tool:Bash 395, tool:Grep 100, … 1 more',
    'mcp (2)  400  18 %  ██▋  $0.0004  +40  mcp:serena 340, mcp:vault 60',
    'conversation  5  <1 %  ▏  <$0.0001  +5  user 5',
  ]);
});

it('unfolded it has the sources of each group, and the parts of sources that have several', () => {
  const lines = describeShares(SHARES, PIPE, true).map((line) => line.replace(/(?<=\S) {2,}/g, '  ').trimEnd());
  expect(lines.slice(6, 11)).toEqual([
    'mcp (2)  400  18 %  ██▋  $0.0004  +40',
    '  mcp:serena  340  15 %  ██▎  $0.0003  +40',
    expect.stringMatching(/^ +definition {2}300 {2}/),
    expect.stringMatching(/^ +result {2}40 {2}/),
    '  mcp:vault  definition  60  3 %  ▍  $0.0001',
  ]);
  expect(lines.at(-1)).toBe('1 source without tokens; --json has all.');
});

it.each([80, 120])('fits a terminal of %d columns', (width) => {
  const long = [...SHARES, share(`memory:/home/ada/${'long-folder/'.repeat(9)}CLAUDE.md`, 900)];
  for (const unfolded of [false, true]) {
    for (const line of describeShares(long, width, unfolded)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  }
});
