import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { type Advice, advise } from '../../../src/advice/index.js';
import { describeAdvice } from '../../../src/text/reports/advice.js';
import { anEvidence, aUse } from '../../advice/evidence.js';

const SOURCES = [
  aUse('mcp:tickets', { tokens: 100_000 }),
  aUse('skill:tidy', { tokens: 20_000 }),
  aUse(`memory:/home/ada/${'folder/'.repeat(12)}CLAUDE.md`, { tokens: 30_000, funnel: null }),
];
const ADVICE = advise(anEvidence({ sources: SOURCES }));
const text = (advice: Advice, width = Number.POSITIVE_INFINITY) => describeAdvice(advice, width).join('\n');

it('describes what to change, why, the saving, and the setting with the tested versions', () => {
  expect(text(ADVICE)).toContain(
    [
      ' 1. Disable the MCP server tickets',
      '    In 500 requests of 10 sessions, never called. Saves about 100.0k tokens (10 % of the input, 100 a request), ' +
        '$1.00, estimated; certainty high.',
      '    Stops working: the server: its resources and prompts.',
      '    → claude mcp remove tickets',
      '      in a shell, in the project; if it was added with claude mcp add; tried with 2.0.30, 2.1.197, 2.1.329, 2.1.332.',
    ].join('\n'),
  );
});

it('ends with the total, certain and uncertain savings apart', () => {
  expect(describeAdvice(ADVICE, Number.POSITIVE_INFINITY).slice(-2)).toEqual([
    'Leaving out what was never used would have saved about 120.0k tokens (12 % of the input, 120 a request), $1.20, ' +
      'and what is a matter of judgement 30.0k tokens (3 % of the input, 30 a request), $0.30 more at most, estimated.',
    'claude-trace changes no setting itself. Where a file already has such a key, add to its list. ' +
      'After a change, claude-trace suggest --check says what it saved.',
  ]);
});

it('fits 80 columns, except settings and paths, which are meant to be copied', () => {
  for (const line of describeAdvice(ADVICE, 80)) {
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
