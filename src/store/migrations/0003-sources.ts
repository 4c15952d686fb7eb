import type { Migration } from './migration.js';

/**
 * What each source put into each request, ratings, and the aggregates of both. The aggregates also count removed requests:
 * retention never lowers them.
 */
export const sources: Migration = {
  name: '0003-sources',
  up(db) {
    db.exec(`
      CREATE TABLE context_source_metrics (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL UNIQUE,    -- source_type or source_type:source_name
        source_type TEXT NOT NULL,
        source_name TEXT NOT NULL,
        usage_count INTEGER NOT NULL,   -- requests that carried it
        total_tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,         -- of the requests whose price is known
        feedback_count INTEGER NOT NULL DEFAULT 0,
        rating_sum REAL NOT NULL DEFAULT 0,
        created_at REAL NOT NULL,
        last_used REAL NOT NULL
      ) STRICT;

      CREATE TABLE context_source_days (
        day TEXT NOT NULL,              -- UTC, YYYY-MM-DD
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        usage_count INTEGER NOT NULL,
        total_tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,
        feedback_count INTEGER NOT NULL DEFAULT 0,
        rating_sum REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (source, day)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE context_attributions (
        request INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        part TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        cost_usd REAL,
        segments INTEGER NOT NULL,
        message_index INTEGER,          -- of the first segment; null outside messages
        message_role TEXT NOT NULL,
        PRIMARY KEY (request, source, part)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX attributions_by_source ON context_attributions (source, request);

      CREATE TABLE quality_feedback (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        request INTEGER NOT NULL UNIQUE REFERENCES captured_requests (n) ON DELETE CASCADE,
        rating REAL NOT NULL CHECK (rating BETWEEN -1 AND 1),
        feedback_text TEXT,
        user_id TEXT NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL
      ) STRICT;
      CREATE INDEX feedback_newest ON quality_feedback (created_at);
    `);
  },
};
