import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { compareSessions } from '../../src/advice/index.js';
import { readSessions } from '../../src/advice/read-sessions.js';
import type { SourceShare } from '../../src/model/segment.js';
import { NotFoundError } from '../../src/store/index.js';
import { describeIncomparable, describeSessionCheck } from '../../src/text/reports/session-check.js';
import { aShare } from '../store/support/records.js';
import { defined, listed, type StoredSession, storedHistory } from './stored-history.js';

const DAY = 86_400_000;
const SYSTEM = aShare('framework:system', 3_000, { part: 'prompt' });
const BEFORE: StoredSession = {
  id: 'before',
  at: 10 * DAY,
  requests: 3,
  shares: [
    SYSTEM,
    defined('mcp:tickets', 2_000),
    defined('mcp:docs', 700),
    listed('skill:tidy', 60),
    listed('skill:used', 40),
    defined('tool:WebSearch', 300),
    aShare('memory:/project/CLAUDE.md', 400, { part: 'body' }),
    aShare('user', 20),
  ],
  calls: [
    { source: 'mcp:docs', tool: 'mcp__docs__find' },
    { source: 'skill:used', tool: 'Skill' },
  ],
};
const without = (...sources: string[]) => BEFORE.shares.filter(({ source }) => !sources.includes(source));

function checked(shares: readonly SourceShare[], values: Partial<StoredSession> = {}) {
  const reader = storedHistory([BEFORE, { ...BEFORE, id: 'after', at: 11 * DAY, calls: [], ...values, shares }]);
  try {
    const sessions = readSessions(reader, 1, undefined);
    if ('problem' in sessions) throw new Error(sessions.problem);
    return compareSessions(sessions.before, sessions.after);
  } finally {
    reader.close();
  }
}

it('shows what is gone, how many tokens that saves, and what is unused and still there', () => {
  const check = checked([...without('mcp:tickets', 'memory:/project/CLAUDE.md', 'user'), aShare('user', 920)]);
  expect(check).toMatchObject({
    verdict: 'saved',
    saved: { tokensPerRequest: 2_400, known: 'estimated' },
    before: { sessionId: 'before', firstRequest: { inputTokens: 6_520, known: 'exact' }, standingTokens: 6_500 },
    after: { sessionId: 'after', firstRequest: { inputTokens: 5_020, known: 'exact' }, standingTokens: 4_100 },
    others: [],
  });
  expect(
    check.things.map(({ source, state, tokensBefore, tokensAfter }) => [source, state, tokensBefore, tokensAfter]),
  ).toEqual([
    ['mcp:tickets', 'gone', 2_000, 0],
    ['memory:/project/CLAUDE.md', 'gone', 400, 0],
    ['tool:WebSearch', 'still_there', 300, 300],
    ['skill:tidy', 'still_there', 60, 60],
  ]);
});

it('recognizes a server whose definitions are deferred now', () => {
  const check = checked([...without('mcp:tickets'), listed('mcp:tickets', 20)]);
  expect(check.things[0]).toMatchObject({
    source: 'mcp:tickets',
    state: 'deferred',
    tokensBefore: 2_000,
    tokensAfter: 20,
  });
  expect(check).toMatchObject({ verdict: 'saved', saved: { tokensPerRequest: 1_980 } });
});

it('shows other changes, and that nothing is saved when they add as much', () => {
  const check = checked([
    ...without('mcp:tickets', 'framework:system'),
    aShare('framework:system', 4_000, { part: 'prompt' }),
    defined('mcp:new', 1_500),
  ]);
  expect(check.verdict).toBe('not_saved');
  expect(check.others).toEqual([
    { source: 'mcp:new', tokensBefore: 0, tokensAfter: 1_500 },
    { source: 'framework:system', tokensBefore: 3_000, tokensAfter: 4_000 },
  ]);
  expect(describeSessionCheck(check, 300).join('\n')).toContain(
    'Not saved: about 2.0k tokens are gone, but their replacement has 2.5k.',
  );
});

it('fits a terminal of 80 columns', () => {
  const check = checked([
    ...without('mcp:tickets', 'mcp:docs', 'framework:system'),
    defined('mcp:a-server-with-a-long-name', 1_500),
  ]);
  const lines = describeSessionCheck(check, 80);
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80);
});

it('says that nothing is gone, and that models differ', () => {
  expect(checked(BEFORE.shares).verdict).toBe('unchanged');
  expect(checked(without('mcp:tickets'), { model: 'claude-other' }).verdict).toBe('not_comparable');
  const texts = describeSessionCheck(
    checked(without('mcp:tickets'), { model: 'claude-other', version: '2.1.400' }),
    300,
  );
  expect(texts).toContain('Model: claude-test → claude-other.');
  expect(texts).toContain('Claude Code: 2.1.332 → 2.1.400.');
});

it('shows calls of something that is gone', () => {
  const call = { source: 'mcp:docs', tool: 'mcp__docs__find' };
  const check = checked([...without('mcp:docs'), aShare('mcp:docs', 30, { part: 'call' })], { calls: [call] });
  expect(check.things[0]).toMatchObject({ source: 'mcp:docs', state: 'gone', missedCalls: 1 });
  expect(describeSessionCheck(check, 300).at(-1)).toBe('mcp:docs is gone, but was called once: it may be missing.');
});

it('compares a session with the previous one of its project, and reports a missing one', () => {
  const other = { ...BEFORE, id: 'other', at: 12 * DAY, cwd: '/other' };
  const later = { ...BEFORE, id: 'later', at: 13 * DAY };
  const reader = storedHistory([BEFORE, other, later]);
  const sessions = readSessions(reader, 1, undefined);
  expect(sessions).toMatchObject({ before: { sessionId: 'before' }, after: { sessionId: 'later' } });
  const alone = readSessions(reader, 1, 'other');
  expect(alone).toEqual({ problem: 'no_earlier', sessionId: 'other', cwd: '/other' });
  expect('problem' in alone && describeIncomparable(alone)).toBe(
    'No session before other is stored for /other, so there is nothing to compare.',
  );
  expect(() => readSessions(reader, 1, 'unknown')).toThrow(NotFoundError);
  reader.close();
});
