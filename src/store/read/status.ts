import { pragmaNumber } from '../database.js';
import { sizeOf } from '../files.js';
import { isAlive, openRuns } from '../live-runs.js';
import { appliedMigrations } from '../migrate.js';
import type { Database } from '../sqlite.js';

export interface StoredIncident {
  runId: string;
  at: Date;
  code: string;
  message: string;
  count: number;
}

/** The state of the database. */
export interface StoreStatus {
  file: string;
  /** The database and its write-ahead log. */
  bytesOnDisk: number;
  /** Size of all bodies on the wire. */
  bytesCaptured: number;
  freeBytes: number;
  schemaVersion: number;
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
  liveRuns: number;
  slices: number;
  oldest: Date | null;
  newest: Date | null;
  /** The newest first. */
  incidents: StoredIncident[];
}

const SHOWN_INCIDENTS = 20;

/** Checks the whole database, which takes seconds on a large one. */
export function readStatus(db: Database, file: string): StoreStatus {
  const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? null;
  const date = (sql: string) => {
    const unixMs = number(sql);
    return unixMs === null ? null : new Date(unixMs);
  };
  const count = (table: string, condition = '1') => number(`SELECT count(*) FROM ${table} WHERE ${condition}`) ?? 0;
  const incidents = db.prepare<[number], Omit<StoredIncident, 'at'> & { at: number }>(`
    SELECT r.id AS runId, i.at, i.code, i.message, i.count
    FROM incidents i JOIN runs r ON r.n = i.run ORDER BY i.at DESC, i.n DESC LIMIT ?`);
  return {
    file,
    bytesOnDisk: bytesOnDisk(file),
    bytesCaptured: number('SELECT sum(size) FROM captured_bodies') ?? 0,
    freeBytes: pragmaNumber(db, 'freelist_count') * pragmaNumber(db, 'page_size'),
    schemaVersion: pragmaNumber(db, 'user_version'),
    migrations: appliedMigrations(db),
    integrity: db.prepare<[], string>('PRAGMA quick_check(5)').pluck().all().join('; '),
    requests: count('captured_requests'),
    responses: count('captured_responses'),
    open: count('captured_requests', "state = 'open'"),
    interrupted: count('captured_requests', "state = 'interrupted'"),
    sessions: count('sessions'),
    runs: count('runs'),
    liveRuns: openRuns(db).filter(isAlive).length,
    slices: count('slices'),
    oldest: date('SELECT min(initiated) FROM captured_requests'),
    newest: date('SELECT max(initiated) FROM captured_requests'),
    incidents: incidents.all(SHOWN_INCIDENTS).map((incident) => ({ ...incident, at: new Date(incident.at) })),
  };
}

/** The database and its write-ahead log. */
export function bytesOnDisk(file: string): number {
  return (sizeOf(file) ?? 0) + (sizeOf(`${file}-wal`) ?? 0);
}
