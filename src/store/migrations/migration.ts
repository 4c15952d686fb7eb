import type BetterSqlite3 from 'better-sqlite3';

/** One step of the schema. Append-only: a step that has landed is never edited, renamed or removed. */
export interface Migration {
  name: string;
  /** Runs inside an IMMEDIATE transaction. */
  up(db: BetterSqlite3.Database): void;
}
