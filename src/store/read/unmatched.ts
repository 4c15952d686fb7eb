import { isUnmatched } from '../../model/unmatched.js';
import type { Database } from '../database.js';

/** How much of the input of some requests no rule of attribution knows. */
export interface UnmatchedTokens {
  requests: number;
  tokens: number;
  unmatched: number;
}

/** Of the newest requests that `version` of the engine has attributed. */
export function readUnmatched(db: Database, version: number, limit: number): UnmatchedTokens {
  const shares = db
    .prepare<[number, number], { source: string; part: string; tokens: number }>(`
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
  const sum = (some: typeof shares) => some.reduce((total, { tokens }) => total + tokens, 0);
  return { requests: requests ?? 0, tokens: sum(shares), unmatched: sum(shares.filter(isUnmatched)) };
}
