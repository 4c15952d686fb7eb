import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import type { SessionSummary } from '../../../src/model/session.js';
import { describeSessions } from '../../../src/text/reports/sessions.js';

const SESSION: SessionSummary = {
  id: 'f0b1c2d3-0000-4000-8000-000000000001',
  name: null,
  runId: 'run_1',
  cwd: '/home/ada/a-project-with-a-rather-long-name/and-folders',
  firstSeen: new Date('2026-01-05T10:00:00.000Z'),
  lastSeen: new Date('2026-01-05T11:00:00.000Z'),
  durationMs: 3_600_000,
  requests: 123,
  failedRequests: 1,
  abortedRequests: 0,
  estimatedRequests: 0,
  inputTokens: 4_000_000,
  cacheReadTokens: 3_000_000,
  outputTokens: 20_000,
  costUsd: 3.25,
  lostUsd: 0.1,
  models: ['claude-opus-4-5', 'claude-haiku-4-5'],
  feedbackCount: 2,
  averageRating: 0.5,
};
const NOW = new Date('2026-02-01T10:00:00.000Z');

it.each([80, 140, 200])('fits %i columns, with the beginning of the id', (width) => {
  const lines = describeSessions([SESSION], 1, width, NOW);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  expect(lines[1]).toContain(' f0b1c2d3 ');
  expect(lines[1]).toContain('$3.25');
});

it.each([80, 140, 200])('shows names where a session has one, in %i columns', (width) => {
  const named = { ...SESSION, id: 'a0b1c2d3-0000-4000-8000-000000000001', name: 'before the rewrite' };
  const lines = describeSessions([named, SESSION], 2, width, NOW);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  expect(lines[0]).toContain(' NAME, FOLDER');
  expect(lines[1]).toMatch(/ before the/);
  expect(lines[2]).toMatch(/ \/home\/ada/);
});

it('has folder, models and rating where there is room', () => {
  expect(describeSessions([SESSION], 1, Number.POSITIVE_INFINITY, NOW)[1]).toMatch(
    /1 h 00 m +123 +4\.00M +75 % +20\.0k +\$3\.25 +\+0\.5 +\/home\/ada\/\S+ {2}claude-opus-4-5, claude-haiku-4-5$/,
  );
});

it('says that there are more sessions, or none', () => {
  expect(describeSessions([SESSION], 5, 80, NOW).at(-1)).toBe('1 of 5; --limit and --offset show more.');
  expect(describeSessions([SESSION], 5, 80, NOW, 4)).toHaveLength(2);
  expect(describeSessions([], 0, 80, NOW)).toEqual(['No session matches.']);
});

it('shows the heading of the last column whole, instead of one column more', () => {
  for (const width of [80, 100, 120]) {
    expect(describeSessions([SESSION], 1, width, NOW)[0]).toMatch(/ FOLDER, MODELS$/);
    expect(describeSessions([{ ...SESSION, name: 'x' }], 1, width, NOW)[0]).toMatch(/ NAME, FOLDER, MODELS$/);
  }
});
