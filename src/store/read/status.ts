import { pragmaNumber } from '../database.js';
import { sizeOf } from '../files.js';
import { isAlive, openRuns } from '../live-runs.js';
import { appliedMigrations } from '../migrate.js';
import { isoOrNull } from '../rows/rows.js';
import type { Database } from '../sqlite.js';

export interface IncidentRow {
  run_id: string;
  at: string;
  code: string;
  message: string;
  count: number;
}

/** The state of the database. */
export interface StoreStatus {
  file: string;
  /** The database and its write-ahead log. */
  bytes_on_disk: number;
  /** Size of all bodies on the wire. */
  bytes_captured: number;
  free_bytes: number;
  schema_version: number;
  migrations: string[];
  /** `ok`, or the problems that SQLite found. */
  integrity: string;
  requests: number;
  responses: number;
  open: number;
  interrupted: number;
  sessions: number;
  runs: number;
  /** Runs whose process is alive. */
  live_runs: number;
  slices: number;
  oldest: string | null;
  newest: string | null;
  /** The newest first. */
  incidents: IncidentRow[];
}

const SHOWN_INCIDENTS = 20;

/** Checks the whole database, which takes seconds on a large one. */
export function readStatus(db: Database, file: string): StoreStatus {
  const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? null;
  const count = (table: string, condition = '1') => number(`SELECT count(*) FROM ${table} WHERE ${condition}`) ?? 0;
  const incidents = db.prepare<[number], Omit<IncidentRow, 'at'> & { at: number }>(`
    SELECT r.id AS run_id, i.at, i.code, i.message, i.count
    FROM incidents i JOIN runs r ON r.n = i.run ORDER BY i.at DESC, i.n DESC LIMIT ?`);
  return {
    file,
    bytes_on_disk: bytesOnDisk(file),
    bytes_captured: number('SELECT sum(size) FROM captured_bodies') ?? 0,
    free_bytes: pragmaNumber(db, 'freelist_count') * pragmaNumber(db, 'page_size'),
    schema_version: pragmaNumber(db, 'user_version'),
    migrations: appliedMigrations(db),
    integrity: db.prepare<[], string>('PRAGMA quick_check(5)').pluck().all().join('; '),
    requests: count('captured_requests'),
    responses: count('captured_responses'),
    open: count('captured_requests', "state = 'open'"),
    interrupted: count('captured_requests', "state = 'interrupted'"),
    sessions: count('sessions'),
    runs: count('runs'),
    live_runs: openRuns(db).filter(isAlive).length,
    slices: count('slices'),
    oldest: isoOrNull(number('SELECT min(initiated) FROM captured_requests')),
    newest: isoOrNull(number('SELECT max(initiated) FROM captured_requests')),
    incidents: incidents
      .all(SHOWN_INCIDENTS)
      .map((incident) => ({ ...incident, at: new Date(incident.at).toISOString() })),
  };
}

/** The database and its write-ahead log. */
export function bytesOnDisk(file: string): number {
  return (sizeOf(file) ?? 0) + (sizeOf(`${file}-wal`) ?? 0);
}
