import { expect, it } from 'vitest';
import { describeSegment } from '../../../src/text/reports/segment.js';
import { aSegment } from '../../store/support/records.js';

it('has source, tokens, cache, cost and path in the heading, and the text below', () => {
  const segment = aSegment({
    source: 'tool:Read',
    part: 'result',
    detail: '/a.ts',
    tokens: 25,
    known: 'exact',
    cache: { read: 20, write5m: 5, write1h: 0, uncached: 0 },
    costUsd: 0.0021,
    path: '/messages/2/content/0/content',
  });
  expect(describeSegment({ segment, text: 'const a = 1;\n' })).toEqual([
    '',
    '── tool:Read result (/a.ts)  25 tokens, exact: 20 cached, 5 written for 5 min  $0.0021  /messages/2/content/0/content',
    'const a = 1;',
  ]);
});

it('explains a segment without tokens, and contains no control characters', () => {
  const segment = aSegment({ source: 'mcp:a', part: 'definition', unread: 'deferred', tokens: 0, costUsd: null });
  const [, heading, text] = describeSegment({ segment, text: '\u001b[H' });
  expect(heading).toBe('── mcp:a definition  deferred until it is loaded, 0 tokens  –  /messages/0/content/0/text');
  expect(text).toBe('�[H');
});
