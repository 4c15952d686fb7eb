import type { Database } from '../sqlite.js';

/** One step of the schema. Append-only: a step that has landed is never edited, renamed or removed. */
export interface Migration {
  name: string;
  /** Runs inside an IMMEDIATE transaction. */
  up(db: Database): void;
}
