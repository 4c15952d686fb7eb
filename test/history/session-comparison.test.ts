import { expect, it } from 'vitest';
import { compareSessions } from '../../src/history/session-comparison.js';
import { openReader } from '../../src/store/index.js';
import { describeComparison } from '../../src/text/reports/session-comparison.js';
import { aShare } from '../store/support/records.js';
import { storedConversation } from '../support/stored-conversation.js';

const BEFORE = '11111111-0000-4000-8000-000000000001';
const AFTER = '22222222-0000-4000-8000-000000000002';

/** The second session is longer, has another server, and a larger memory file. */
function compared() {
  const before = [aShare('mcp:old', 40), aShare('memory:/a', 20), aShare('tool:Read', 30), aShare('user', 10)];
  const after = [aShare('mcp:new', 15), aShare('memory:/a', 45), aShare('tool:Read', 30), aShare('user', 5)];
  const { file } = storedConversation([
    ...[1, 2].map(() => ({ tokens: 100, sessionId: BEFORE, shares: before })),
    ...[1, 2, 3, 4].map(() => ({ tokens: 95, sessionId: AFTER, shares: after })),
  ]);
  const reader = openReader(file);
  const comparison = compareSessions(reader, BEFORE, AFTER);
  reader.close();
  return comparison;
}

it('sources are only in one session, or more or less in a request of the second', () => {
  const { sources } = compared();
  expect(sources.map(({ source, presence }) => [source, presence])).toEqual([
    ['mcp:old', 'only_first'],
    ['memory:/a', 'more'],
    ['mcp:new', 'only_second'],
    ['user', 'less'],
    ['tool:Read', 'same'],
  ]);
  expect(sources[1]).toMatchObject({
    first: { tokens: 40, tokensPerRequest: 20, costUsd: expect.closeTo(40e-6) },
    second: { tokens: 180, tokensPerRequest: 45, costUsd: expect.closeTo(180e-6) },
  });
});

it('groups sum their sources, and are compared by request', () => {
  const { groups, first, second } = compared();
  expect(groups.map(({ group, first, second }) => [group, first.tokensPerRequest, second.tokensPerRequest])).toEqual([
    ['memory', 20, 45],
    ['mcp', 40, 15],
    ['conversation', 10, 5],
    ['tools', 30, 30],
  ]);
  expect([first.requests, second.requests]).toEqual([2, 4]);
});

it.each([46, 80, 200])('the text has both sessions beside each other, in %i columns', (width) => {
  const lines = describeComparison(compared(), width, new Date(2027, 0, 1));
  const text = lines.join('\n');
  expect(text).toMatch(/^requests +2 +4/m);
  expect(text).toMatch(/^memory +20 +45/m);
  for (const title of ['Only in 11111111:', 'Only in 22222222:', 'More in 22222222:', 'Less in 22222222:']) {
    expect(lines).toContain(title);
  }
  if (width > 46) expect(text).toMatch(/^requests .* \+2$/m);
  expect(text).not.toContain('tool:Read');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
});
