import { SLICES_OF_MESSAGES, SLICES_OF_REQUESTS } from '../content/users.js';
import { pragmaNumber } from '../database.js';
import type { Database } from '../sqlite.js';
import { REMOVABLE_MESSAGE } from './ended-messages.js';
import { REMOVABLE } from './ended-requests.js';
import { type RetentionLimits, TARGET } from './pruning.js';
import { usedBytes } from './space.js';

/** What pruning would do. */
export interface PruningPlan {
  /** Requests that would be removed: exact as long as only their age decides, otherwise `estimated`. */
  requests: number;
  /** Messages of MCP servers that would be removed: exact as long as only their age decides, otherwise `estimated`. */
  mcpMessages: number;
  /** How many of the requests would be removed because of their age; exact. */
  tooOld: number;
  /** Some are removed because of the size: the space that each takes can only be estimated. */
  estimated: boolean;
  /** When the first and the last of them began; null if nothing would be removed. */
  oldest: Date | null;
  newest: Date | null;
  /** Size of the database, without its free pages. */
  usedBytes: number;
  /** Estimated bytes that would be freed. */
  freedBytes: number;
}

/** A request or a message that may be removed. */
interface Removable {
  isRequest: 0 | 1;
  n: number;
  at: number;
}

/**
 * Reads references only, not content. Must be called inside a transaction.
 *
 * Content is removed with the last row that uses it, so its bytes are counted there. What a request or a message takes beside
 * content (rows, indexes, texts) is assumed to be the same for all.
 */
export function planPruning(db: Database, limits: RetentionLimits): PruningPlan {
  const used = usedBytes(db);
  const removable = db
    .prepare<[], Removable>(`
      SELECT 1 AS isRequest, n, initiated AS at FROM captured_requests WHERE ${REMOVABLE}
      UNION ALL SELECT 0, n, at FROM mcp_messages WHERE ${REMOVABLE_MESSAGE}
      ORDER BY at, isRequest, n`)
    .all();
  const count = (table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  const freed = freedBytes(db, removable);
  const rows = count('captured_requests') + count('mcp_messages');
  const besides = Math.max(0, used - emptyBytes(db) - freed.total) / Math.max(1, rows);

  const tooLarge = used > limits.maxBytes;
  let bytes = 0;
  let end = 0;
  for (const { at } of removable) {
    const room = tooLarge && at < limits.sparedSince && used - bytes > limits.maxBytes * TARGET;
    if (at >= limits.olderThan && !room) break;
    bytes += (freed.each[end] ?? 0) + besides;
    end += 1;
  }
  const removed = removable.slice(0, end);
  const requests = removed.filter(({ isRequest }) => isRequest === 1);
  const [oldest] = removed;
  const newest = removed.at(-1);
  return {
    requests: requests.length,
    mcpMessages: removed.length - requests.length,
    tooOld: requests.filter(({ at }) => at < limits.olderThan).length,
    estimated: newest !== undefined && newest.at >= limits.olderThan,
    oldest: oldest === undefined ? null : new Date(oldest.at),
    newest: newest === undefined ? null : new Date(newest.at),
    usedBytes: used,
    freedBytes: Math.min(used, Math.round(bytes)),
  };
}

/** The size of a database without rows: a page for each table and index. */
function emptyBytes(db: Database): number {
  const trees = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema WHERE rootpage > 0').pluck().get() ?? 0;
  return trees * pragmaNumber(db, 'page_size');
}

/** @param removed in the order of removal. @returns bytes of content that are freed with each, and of all content */
function freedBytes(db: Database, removed: readonly Removable[]): { each: Float64Array; total: number } {
  const requests = new Map<number, number>();
  const messages = new Map<number, number>();
  for (const [index, { isRequest, n }] of removed.entries()) (isRequest === 1 ? requests : messages).set(n, index);
  /** What stays is last. */
  const placeIn = (places: ReadonlyMap<number, number>, n: number) => places.get(n) ?? removed.length;
  const links = new Users();
  for (const [link, n] of pairs(db, 'SELECT link, request FROM body_chains')) links.add(link, placeIn(requests, n));
  const slices = new Users();
  // A child has a larger id than its parent, so its last user is known before its parent is read.
  const chains = db.prepare<[], [number, number, number]>('SELECT id, parent, slice FROM chain_links ORDER BY id DESC');
  for (const [id, parent, slice] of chains.raw().iterate()) {
    const last = links.last(id);
    links.add(parent, last);
    slices.add(slice, last);
  }
  for (const [slice, n] of pairs(db, SLICES_OF_REQUESTS)) slices.add(slice, placeIn(requests, n));
  for (const [slice, n] of pairs(db, SLICES_OF_MESSAGES)) slices.add(slice, placeIn(messages, n));

  const each = new Float64Array(removed.length);
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
