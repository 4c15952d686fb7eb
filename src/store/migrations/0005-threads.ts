import type { Migration } from './migration.js';

/**
 * The places of requests in their threads, what the bills of a thread say about their segments, why they missed the cache, and
 * which tools they contained and called. Older requests get this when they are attributed again.
 *
 * `captured_responses.solution` references slices, like `thread` (content/users.ts).
 *
 * Ids of other requests are text without a foreign key: they stay valid when retention has removed the request.
 */
export const threads: Migration = {
  name: '0005-threads',
  up(db) {
    db.exec(`
      ALTER TABLE captured_responses ADD COLUMN solution INTEGER;  -- slice: JSON, see solution.ts

      CREATE TABLE thread_places (
        request INTEGER PRIMARY KEY REFERENCES captured_requests (n) ON DELETE CASCADE,
        purpose TEXT NOT NULL,          -- main, subagent, or the kind of side call
        thread TEXT NOT NULL,           -- id of the thread's first request
        previous TEXT,                  -- id of the request before it in the thread; null for the first
        continuation TEXT,              -- extends, edited, compacted; null for the first
        started_by TEXT                 -- of a subagent: id of the tool_use that started it
      ) STRICT;

      CREATE TABLE cache_misses (
        request INTEGER PRIMARY KEY REFERENCES captured_requests (n) ON DELETE CASCADE,
        cause TEXT NOT NULL,            -- changed, parameters, expired, unknown
        source TEXT,                    -- of the first changed segment
        path TEXT,
        detail TEXT,
        lost_tokens INTEGER NOT NULL,
        lost_usd REAL
      ) STRICT;

      CREATE TABLE tools (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,           -- not always one of context_source_metrics: a call can be all there is of it
        name TEXT NOT NULL,             -- as requests write it: mcp__server__tool
        UNIQUE (source, name)
      ) STRICT;

      -- Definitions of MCP tools (built-in tools are sources of their own), and calls of all tools.
      CREATE TABLE request_tools (
        request INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        tool INTEGER NOT NULL REFERENCES tools (id),
        listed INTEGER NOT NULL,        -- 1: the request carried its definition
        loaded INTEGER NOT NULL,        -- 1: and the model read it
        tokens INTEGER NOT NULL,        -- of the definition, 0 unless loaded
        cost_usd REAL,
        calls INTEGER NOT NULL,         -- by the answer
        PRIMARY KEY (request, tool)
      ) STRICT, WITHOUT ROWID;

      CREATE VIEW threads AS
      SELECT
        r.id AS request_id, strftime('%Y-%m-%d %H:%M:%f', r.initiated / 1000.0, 'unixepoch') AS time_utc, s.id AS session_id,
        t.thread AS thread_id, t.previous AS previous_id, t.purpose, t.continuation, t.started_by,
        c.cause AS cache_miss, c.source AS missed_at, c.path, c.detail, c.lost_tokens, round(c.lost_usd, 6) AS lost_usd
      FROM thread_places t
      JOIN captured_requests r ON r.n = t.request
      LEFT JOIN sessions s ON s.n = r.session
      LEFT JOIN cache_misses c ON c.request = t.request
      ORDER BY r.initiated DESC, r.n DESC;
    `);
  },
};
