import type { RequestSummary } from '../../model/request.js';
import { pragmaNumber } from '../database.js';
import { createFileCheck } from '../file-check.js';
import { requestRows } from '../rows/requests.js';
import type { Database } from '../sqlite.js';
import { type RequestFilter, TABLES, whereOf } from './filter.js';

/** @returns the matching requests that ended since the last call, in the order in which they began */
export type Follow = () => RequestSummary[];

/**
 * Follows what other processes write. A call without news costs some microseconds: SQLite counts the commits of others.
 *
 * @throws InvalidFilterError; each call: ReplacedFileError
 */
export function followRequests(db: Database, filter: RequestFilter): Follow {
  const where = whereOf(filter);
  const newest = db.prepare<[], number>('SELECT coalesce(max(n), 0) FROM captured_requests').pluck();
  const openNow = db.prepare<[], number>("SELECT n FROM captured_requests WHERE state = 'open'").pluck();
  const ended = db
    .prepare<[number, string], number>(`
      SELECT n FROM captured_requests
      WHERE state <> 'open' AND (n > ? OR n IN (SELECT value FROM json_each(?))) ORDER BY n`)
    .pluck();
  const matching = db
    .prepare<(string | number)[], string>(`
      SELECT r.id FROM ${TABLES[where.response]}
      WHERE +r.n IN (SELECT value FROM json_each(?)) AND ${where.sql} ORDER BY r.n`)
    .pluck();

  const checkFile = createFileCheck(db);
  let version = pragmaNumber(db, 'data_version');
  let seen = newest.get() ?? 0;
  let open = openNow.all();

  function readEnded(): RequestSummary[] {
    const all = ended.all(seen, JSON.stringify(open));
    seen = newest.get() ?? 0;
    open = openNow.all();
    return all.length === 0 ? [] : requestRows(db, matching.all(JSON.stringify(all), ...where.parameters));
  }

  return () => {
    checkFile();
    const current = pragmaNumber(db, 'data_version');
    if (current === version) return [];
    version = current;
    return db.transaction(readEnded)();
  };
}
