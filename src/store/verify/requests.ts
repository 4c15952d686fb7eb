import { type BodySide, readBody } from '../bodies.js';
import { createCachedContentReader } from '../content/cached-reader.js';
import { createContentReader } from '../content/content-reader.js';
import { DamagedContentError, isDamage } from '../errors.js';
import { decodeSolution } from '../solution.js';
import type { Database } from '../sqlite.js';
import { readHeaders, readJson } from '../stored-json.js';
import type { NoteDamage } from './damage.js';
import { readableRows } from './readable-rows.js';

/** Requests listed at a time. Each is then read in its own snapshot. */
const REQUESTS = 100;

/** Slices of a request, by column. */
interface StoredRequest {
  id: string;
  headers: number;
  responseHeaders: number | null;
  thread: number | null;
  solution: number | null;
}

export interface VerifiedRequests {
  requests: number;
  bodies: number;
  /** Bytes of the verified bodies, uncompressed. */
  bytes: number;
}

export const REQUEST_KEYS = { table: 'captured_requests', key: 'n' };

/**
 * Reads everything stored of each request. Bodies are checked against the hash recorded at capture; headers, thread and solution
 * are checked for their form.
 */
export function verifyRequests(db: Database, note: NoteDamage, onProgress: (ids: number) => void): VerifiedRequests {
  const verified: VerifiedRequests = { requests: 0, bodies: 0, bytes: 0 };
  const content = createCachedContentReader(db, createContentReader(db));
  const list = db.prepare<[number, number], { n: number }>('SELECT n FROM captured_requests WHERE n >= ? AND n < ?');
  const find = db.prepare<[number], StoredRequest>(`
    SELECT r.id, r.headers, p.headers AS responseHeaders, p.thread, p.solution
    FROM captured_requests r LEFT JOIN captured_responses p ON p.request = r.n WHERE r.n = ?`);

  function body(n: number, side: BodySide): void {
    const bytes = readBody(db, content, n, side);
    if (bytes === null) throw new DamagedContentError(`${side} body`);
    verified.bodies += 1;
    verified.bytes += bytes.length;
  }

  function verifyRequest(n: number): void {
    content.refresh();
    const request = find.get(n);
    if (request === undefined) return; // removed in the meantime
    verified.requests += 1;
    const { id, headers, responseHeaders, thread, solution } = request;
    attempt('request headers', id, () => readHeaders(content, headers));
    attempt('request bodies', id, () => body(n, 'request'));
    if (responseHeaders === null) return;
    attempt('response headers', id, () => readHeaders(content, responseHeaders));
    attempt('response bodies', id, () => body(n, 'response'));
    if (thread !== null) attempt('threads', id, () => readJson(content, thread, 'thread'));
    if (solution !== null) attempt('solutions', id, () => decodeSolution(readJson(content, solution, 'solution')));
  }

  function attempt(what: string, id: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (error instanceof DamagedContentError) note('content', `${what} that are not what was captured`, id);
      else if (isDamage(error)) note('pages', `${what} that cannot be read`, id);
      else throw error;
    }
  }

  const unreadable = (n: number) => note('pages', 'requests that cannot be read', `row ${n}`);
  for (const { rows, from, to } of readableRows(db, REQUEST_KEYS, list, REQUESTS, unreadable)) {
    for (const { n } of rows) inSnapshot(db, () => attempt('requests', `row ${n}`, () => verifyRequest(n)));
    onProgress(to - from);
  }
  return verified;
}

/** SQLite ends a transaction by itself when it meets damage; reading may go on without it. */
function inSnapshot(db: Database, read: () => void): void {
  const outermost = !db.inTransaction;
  if (outermost) db.exec('BEGIN');
  try {
    read();
  } finally {
    if (outermost && db.inTransaction) db.exec('ROLLBACK');
  }
}
