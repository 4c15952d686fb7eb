import { matchesGlob } from '../../base/glob.js';
import { roundDollars } from '../../model/dollars.js';
import type { RequestShare } from '../../model/request.js';
import { type SourceType, splitSource } from '../../model/source.js';
import { findRequest } from '../rows/find.js';
import type { Database } from '../sqlite.js';
import { SHARE_COLUMNS } from './detail.js';
import type { Page } from './filter.js';

export interface ShareFilter {
  /** Default: all requests. */
  requestId?: string | undefined;
  /** Glob over the part of sources after the colon. */
  sourceName?: string | undefined;
  sourceTypes?: readonly SourceType[] | undefined;
}

/**
 * One page of what sources put into requests, the newest requests first, in the order of the primary key, so that pages do not
 * overlap.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function listShares(db: Database, filter: ShareFilter, page: Page): RequestShare[] {
  const { sql, parameters } = whereOf(db, filter);
  return db
    .prepare<(string | number)[], RequestShare>(`
      SELECT r.id AS requestId, ${SHARE_COLUMNS}
      FROM (
        SELECT * FROM context_attributions WHERE ${sql} ORDER BY request DESC, source, part LIMIT ? OFFSET ?
      ) a
      JOIN context_source_metrics m ON m.id = a.source
      JOIN captured_requests r ON r.n = a.request
      ORDER BY a.request DESC, a.source, a.part`)
    .all(...parameters, page.limit, page.offset)
    .map((share) => ({ ...share, costUsd: roundDollars(share.costUsd) }));
}

/** @throws NotFoundError, AmbiguousIdError */
export function countShares(db: Database, filter: ShareFilter): number {
  const { sql, parameters } = whereOf(db, filter);
  const count = db.prepare<(string | number)[], number>(`SELECT count(*) FROM context_attributions WHERE ${sql}`);
  return count.pluck().get(...parameters) ?? 0;
}

function whereOf(db: Database, filter: ShareFilter): { sql: string; parameters: (string | number)[] } {
  const { requestId, sourceName, sourceTypes } = filter;
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  if (requestId !== undefined) {
    conditions.push('request = ?');
    parameters.push(findRequest(db, requestId).n);
  }
  if (sourceName !== undefined || sourceTypes !== undefined) {
    conditions.push('source IN (SELECT value FROM json_each(?))');
    parameters.push(JSON.stringify(chosenSources(db, filter)));
  }
  return { sql: conditions.join(' AND ') || '1', parameters };
}

function chosenSources(db: Database, { sourceName, sourceTypes }: ShareFilter): number[] {
  return db
    .prepare<[], { id: number; source: string }>('SELECT id, source FROM context_source_metrics')
    .all()
    .filter(({ source }) => {
      const { type, name } = splitSource(source);
      return (sourceTypes?.includes(type) ?? true) && (sourceName === undefined || matchesGlob(sourceName, name));
    })
    .map(({ id }) => id);
}

export interface SourceTimes {
  source: string;
  /** Times of the first and the last request that contained it. */
  createdAt: Date;
  lastUsed: Date;
}

export function readSourceTimes(db: Database): SourceTimes[] {
  return db
    .prepare<[], { source: string; createdAt: number; lastUsed: number }>(
      'SELECT source, created_at AS createdAt, last_used AS lastUsed FROM context_source_metrics ORDER BY source',
    )
    .all()
    .map((stored) => ({ ...stored, createdAt: new Date(stored.createdAt), lastUsed: new Date(stored.lastUsed) }));
}
