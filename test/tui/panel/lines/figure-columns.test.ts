import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../../../../src/model/session.js';
import { displayWidth } from '../../../../src/text/fit.js';
import type { Column } from '../../../../src/text/table.js';
import { requestColumns } from '../../../../src/tui/panel/lines/request-columns.js';
import { sessionColumns } from '../../../../src/tui/panel/lines/session-columns.js';
import { requestRow } from '../../../text/support/request-rows.js';
import { aGrowing } from '../support/a-growing.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const COUNTS = [0, 999, 1_000, 99_949, 99_950, 123_456, 999_499, 999_949, 1_000_000];
const DOLLARS = [0, 0.00004, 0.0006, 0.0999, 12.345, 123.456];
const DURATIONS = [0, 999, 59_949, 65_000, 599_000, 899_000];
const RATINGS = [1, -1, 0, 1 / 3, -1 / 3];

/** Columns of figures: other columns are meant to cut texts. */
function cutCells<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const figures = columns.filter(({ align }) => align === 'right');
  return figures.flatMap(({ heading, width = 0, cell }) =>
    [heading, ...rows.map(cell)].filter((text) => displayWidth(text) > width),
  );
}

describe('columns of the panel', () => {
  it('have room for the figures of every request', () => {
    const { tokens } = requestRow();
    const unbilled = { known: 'estimated', outputKnown: 'estimated' } as const;
    const rows = [
      ...COUNTS.flatMap((count) => [
        requestRow({ tokens: { ...tokens, input: count, output: count, cacheRead: count } }),
        requestRow({ tokens: { ...tokens, ...unbilled, input: count, output: count, cacheRead: null } }),
      ]),
      ...DOLLARS.flatMap((costUsd) => [
        requestRow({ costUsd }),
        requestRow({ costUsd, tokens: { ...tokens, ...unbilled } }),
      ]),
      ...DURATIONS.map((ms) => requestRow({ ttftMs: ms, latencyMs: ms })),
      ...RATINGS.map((rating) => requestRow({ rating })),
    ];
    const columns = requestColumns({ now: NOW, isToday: true, growing: () => null });
    expect(cutCells(columns, rows)).toEqual([]);
    const open = requestRow({ state: 'open', timestamp: NOW, tokens: { ...tokens, input: null, output: null } });
    for (const characters of COUNTS) {
      const growing = () => aGrowing('req_1', { characters });
      expect(cutCells(requestColumns({ now: NOW, isToday: true, growing }), [open])).toEqual([]);
    }
  });

  it.each([40, 120])('have room for the figures of every session on %s columns', (width) => {
    const session: SessionSummary = {
      id: 'session',
      name: null,
      runId: 'run_1',
      cwd: '/work',
      firstSeen: NOW,
      lastSeen: NOW,
      durationMs: 1_000,
      requests: 99_999,
      failedRequests: 0,
      abortedRequests: 0,
      estimatedRequests: 1,
      inputTokens: 1_000,
      cacheReadTokens: 0,
      outputTokens: 1_000,
      costUsd: null,
      lostUsd: null,
      models: [],
      feedbackCount: 0,
      averageRating: null,
    };
    const rows = [
      ...COUNTS.map((count) => ({ ...session, inputTokens: count * 10, outputTokens: count })),
      ...DOLLARS.map((costUsd) => ({ ...session, costUsd })),
      ...DURATIONS.map((durationMs) => ({ ...session, durationMs })),
      ...RATINGS.map((averageRating) => ({ ...session, averageRating })),
    ];
    expect(
      cutCells(
        sessionColumns(NOW, (id) => id, width),
        rows,
      ),
    ).toEqual([]);
  });
});
