import type { Migration } from './migration.js';

/**
 * What happened, in the order of its commits. The tables of requests and ratings tell what is, but neither in which order
 * requests ended nor that a rating was taken back: who follows by number across restarts needs both.
 */
export const changes: Migration = {
  name: '0007-changes',
  up(db) {
    db.exec(`
      CREATE TABLE changes (
        n INTEGER PRIMARY KEY,          -- the last is never removed, so no number is given twice
        at REAL NOT NULL,
        type TEXT NOT NULL,
        request_id TEXT NOT NULL,
        feedback_id TEXT                -- of changes of a rating
      ) STRICT;
    `);
  },
};
