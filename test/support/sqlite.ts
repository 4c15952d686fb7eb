import { loadSqlite } from '../../src/store/sqlite.js';

/** SQLite for tests that look into a database themselves. */
export const Sqlite = loadSqlite();
