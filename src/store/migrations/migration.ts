import type { Database } from '../sqlite.js';

/**
 * One step of the schema. A released step is never edited, renamed or removed. This includes the comments inside its SQL: they
 * are part of the schema that verification compares.
 */
export interface Migration {
  name: string;
  /** Runs inside an IMMEDIATE transaction. */
  up(db: Database): void;
}
