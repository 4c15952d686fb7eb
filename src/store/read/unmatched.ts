import type { Part } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import { type Unmatched, unmatchedIn } from '../../model/unmatched.js';
import type { Database } from '../sqlite.js';

export interface UnmatchedInput extends Unmatched {
  requests: number;
}

/** Unmatched text of the newest requests that `version` of the engine has attributed. */
export function readUnmatched(db: Database, version: number, limit: number): UnmatchedInput {
  const shares = db
    .prepare<[number, number], { source: Source; part: Part; tokens: number }>(`
      SELECT m.source, a.part, sum(a.tokens) AS tokens
      FROM (
        SELECT request FROM captured_responses WHERE attribution_version = ? ORDER BY request DESC LIMIT ?
      ) p
      JOIN context_attributions a ON a.request = p.request
      JOIN context_source_metrics m ON m.id = a.source
      GROUP BY a.source, a.part`)
    .all(version, limit);
  const requests = db
    .prepare<[number, number], number>(
      'SELECT count(*) FROM (SELECT 1 FROM captured_responses WHERE attribution_version = ? LIMIT ?)',
    )
    .pluck()
    .get(version, limit);
  return { requests: requests ?? 0, ...unmatchedIn(shares) };
}
