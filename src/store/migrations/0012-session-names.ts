import type { Migration } from './migration.js';

/** Names that the user gives to sessions. Each names one session, so that it can be given in place of the id. */
export const sessionNames: Migration = {
  name: '0012-session-names',
  up(db) {
    db.exec(`
      ALTER TABLE sessions ADD COLUMN name TEXT;
      CREATE UNIQUE INDEX session_names ON sessions (name) WHERE name IS NOT NULL;
    `);
  },
};
