import type { Database } from './database.js';
import type { Page } from './filter.js';
import { iso, type SessionRow } from './rows.js';

type StoredSession = Omit<SessionRow, 'first_seen' | 'last_seen'> & { first_seen: number; last_seen: number };

/** One page of the sessions of Claude Code, the last seen first. */
export function listSessions(db: Database, page: Page): { rows: SessionRow[]; total: number } {
  const total = db.prepare<[], number>('SELECT count(*) FROM sessions').pluck().get() ?? 0;
  const stored = db
    .prepare<[number, number], StoredSession>(`
      SELECT
        s.id, run.id AS run_id, run.cwd, s.first_seen, s.last_seen, count(r.n) AS requests,
        coalesce(sum(p.input_tokens), 0) AS input_tokens, coalesce(sum(p.output_tokens), 0) AS output_tokens,
        sum(p.cost_usd) AS cost_usd
      FROM (SELECT * FROM sessions ORDER BY last_seen DESC, n DESC LIMIT ? OFFSET ?) s
      JOIN runs run ON run.n = s.run
      LEFT JOIN captured_requests r ON r.session = s.n AND r.kind = 'messages'
      LEFT JOIN captured_responses p ON p.request = r.n
      GROUP BY s.n ORDER BY s.last_seen DESC, s.n DESC`)
    .all(page.limit, page.offset);
  const rows = stored.map((row) => ({ ...row, first_seen: iso(row.first_seen), last_seen: iso(row.last_seen) }));
  return { rows, total };
}
