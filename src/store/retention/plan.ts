import { SLICES_OF_REQUESTS } from '../content/users.js';
import { pragmaNumber } from '../database.js';
import type { Database } from '../sqlite.js';
import { REMOVABLE } from './ended-requests.js';
import { type RetentionLimits, TARGET } from './pruning.js';
import { usedBytes } from './space.js';

/** What pruning would do. */
export interface PruningPlan {
  /** Requests that would be removed: exact as long as only their age decides, otherwise `estimated`. */
  requests: number;
  /** Of these, because of their age; exact. */
  tooOld: number;
  /** Some are removed because of the size: the space that each request takes can only be estimated. */
  estimated: boolean;
  /** When the first and the last of them began; null when none would be removed. */
  oldest: Date | null;
  newest: Date | null;
  /** Of the database, without its free pages. */
  usedBytes: number;
  /** Estimated bytes that would be freed. */
  freedBytes: number;
}

/**
 * Reads references only, not content. Must be called inside a transaction.
 *
 * Content is removed with the last request that uses it, so its bytes are counted there. What a request takes beside content
 * (rows, indexes, texts) is assumed to be the same for all.
 */
export function planPruning(db: Database, limits: RetentionLimits): PruningPlan {
  const used = usedBytes(db);
  const ended = db
    .prepare<[], { n: number; initiated: number }>(
      `SELECT n, initiated FROM captured_requests WHERE ${REMOVABLE} ORDER BY initiated, n`,
    )
    .all();
  const all = db.prepare<[], number>('SELECT count(*) FROM captured_requests').pluck().get() ?? 0;
  const tooOld = ended.findIndex(({ initiated }) => initiated >= limits.olderThan);
  const byAge = tooOld === -1 ? ended.length : tooOld;
  const freed = freedBytes(
    db,
    ended.map(({ n }) => n),
  );
  const besides = Math.max(0, used - emptyBytes(db) - freed.total) / Math.max(1, all);

  let requests = 0;
  let bytes = 0;
  const tooLarge = used > limits.maxBytes;
  for (const { initiated } of ended) {
    const room = tooLarge && initiated < limits.sparedSince && used - bytes > limits.maxBytes * TARGET;
    if (requests >= byAge && !room) break;
    bytes += (freed.each[requests] ?? 0) + besides;
    requests += 1;
  }
  return {
    requests,
    tooOld: byAge,
    estimated: requests > byAge,
    oldest: beginning(requests > 0 ? ended[0] : undefined),
    newest: beginning(ended[requests - 1]),
    usedBytes: used,
    freedBytes: Math.min(used, Math.round(bytes)),
  };
}

function beginning(request: { initiated: number } | undefined): Date | null {
  return request === undefined ? null : new Date(request.initiated);
}

/** The size of a database without rows: a page for each table and index. */
function emptyBytes(db: Database): number {
  const trees = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema WHERE rootpage > 0').pluck().get() ?? 0;
  return trees * pragmaNumber(db, 'page_size');
}

/** @param requests in the order of removal. @returns bytes of content that are freed with each, and of all content */
function freedBytes(db: Database, requests: readonly number[]): { each: Float64Array; total: number } {
  const place = new Map(requests.map((n, index) => [n, index]));
  /** Requests that stay are last. */
  const placeOf = (n: number) => place.get(n) ?? requests.length;
  const links = new Users();
  for (const [link, n] of pairs(db, 'SELECT link, request FROM body_chains')) links.add(link, placeOf(n));
  const slices = new Users();
  // A child has a larger id than its parent, so its last user is known before its parent is read.
  const chains = db.prepare<[], [number, number, number]>('SELECT id, parent, slice FROM chain_links ORDER BY id DESC');
  for (const [id, parent, slice] of chains.raw().iterate()) {
    const last = links.last(id);
    links.add(parent, last);
    slices.add(slice, last);
  }
  for (const [slice, n] of pairs(db, SLICES_OF_REQUESTS)) slices.add(slice, placeOf(n));

  const each = new Float64Array(requests.length);
  let total = 0;
  for (const [slice, bytes] of pairs(db, 'SELECT id, length(bytes) FROM slices')) {
    const last = slices.last(slice);
    if (last < each.length) each[Math.max(0, last)] = (each[Math.max(0, last)] ?? 0) + bytes;
    total += bytes;
  }
  return { each, total };
}

function pairs(db: Database, sql: string): Iterable<[number, number]> {
  return db.prepare<[], [number, number]>(sql).raw().iterate();
}

/** The place of the last user of each id; -1 without one. */
class Users {
  readonly #last = new Map<number, number>();

  add(id: number, place: number): void {
    if (place > this.last(id)) this.#last.set(id, place);
  }

  last(id: number): number {
    return this.#last.get(id) ?? -1;
  }
}
