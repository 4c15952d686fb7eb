import type { Migration } from './migration.js';

/** Data from versions of Claude Code that claude-trace did not know: names and counts, no values. */
export const novelties: Migration = {
  name: '0016-novelties',
  up(db) {
    db.exec(`
      CREATE TABLE claude_versions (
        version TEXT PRIMARY KEY,
        tracer TEXT NOT NULL,           -- version of claude-trace that counted; another one starts again
        last_seen REAL NOT NULL,        -- unix ms
        requests INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        unmatched_tokens INTEGER NOT NULL  -- of text that no rule knows
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE novelties (
        version TEXT NOT NULL REFERENCES claude_versions (version) ON DELETE CASCADE,
        kind TEXT NOT NULL,             -- header, beta, field, …
        name TEXT NOT NULL,
        requests INTEGER NOT NULL,
        PRIMARY KEY (version, kind, name)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
