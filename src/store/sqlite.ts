import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

export type Database = BetterSqlite3.Database;
export type Statement<Parameters extends unknown[], Row> = BetterSqlite3.Statement<Parameters, Row>;

/**
 * better-sqlite3 13 brings its binaries and needs Node 22: on Node 20 it ends the process with a segmentation fault. Version 12
 * works on Node 20, and aborts the process on Node 24.19 and newer ("Assertion failed: (env) != nullptr" in
 * RemoveEnvironmentCleanupHook, seen with 24.21.0 and 26.10.0).
 */
export const SQLITE_PACKAGE = nodeMajor() >= 22 ? 'better-sqlite3' : 'better-sqlite3-node20';

/**
 * Loads SQLite. Call it only when a database is opened: a missing binary must stop neither the traffic nor `--help`.
 *
 * @throws what Node throws about a missing module or binary; `storeError` recognizes it
 */
export function loadSqlite(): typeof BetterSqlite3 {
  return createRequire(import.meta.url)(SQLITE_PACKAGE);
}

function nodeMajor(): number {
  return Number.parseInt(process.versions.node, 10);
}
