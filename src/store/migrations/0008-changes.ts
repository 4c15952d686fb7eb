import type { Migration } from './migration.js';

/**
 * Changes in the order of their commits, for clients that follow by number across restarts: the tables of requests and ratings
 * show neither in which order requests ended nor that a rating was removed.
 */
export const changes: Migration = {
  name: '0008-changes',
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
