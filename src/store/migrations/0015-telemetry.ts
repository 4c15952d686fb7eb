import type { Migration } from './migration.js';

/**
 * Data that has reached an OpenTelemetry collector: the last change, and the sums of cumulative metrics. Both move in one transaction, so a
 * batch that is sent again after a crash counts once.
 */
export const telemetry: Migration = {
  name: '0015-telemetry',
  up(db) {
    db.exec(`
      CREATE TABLE telemetry (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        position INTEGER NOT NULL,      -- changes.n of the last change that was sent
        owner TEXT,                     -- process that is sending; null: none
        until REAL NOT NULL,            -- unix ms: until then, no other process sends
        sent_at REAL,                   -- unix ms: when the last batch was taken
        failing_since REAL,             -- unix ms; null: the last batch was taken
        error TEXT                      -- of the last attempt
      ) STRICT;

      CREATE TABLE telemetry_sums (
        key TEXT PRIMARY KEY,           -- JSON: resource, metric, attributes
        started_at REAL NOT NULL,       -- unix ms
        sent_at REAL NOT NULL,
        value TEXT NOT NULL             -- JSON
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
