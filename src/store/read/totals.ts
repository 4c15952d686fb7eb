import { roundDollars } from '../../model/dollars.js';
import type { ExchangeState } from '../../model/exchange.js';
import type { Database } from '../sqlite.js';
import { type RequestFilter, TABLES, whereOfAll } from './filter.js';

/** Sums of the requests of kind `messages` that match a filter. Tokens and dollars are of requests with a bill, as in statistics. */
export interface RequestTotals {
  requests: number;
  /** Billed, but with estimated or unknown output: output and cost are not exact. */
  estimatedRequests: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars of the requests with a known price; null without any. */
  costUsd: number | null;
}

interface StoredTotals {
  requests: number;
  estimated: number | null;
  priced: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
}

/** Costs about 2 us for each match. @throws InvalidFilterError */
export function sumRequests(db: Database, filter: RequestFilter): RequestTotals {
  const where = whereOfAll(filter);
  const sums = db
    .prepare<(string | number)[], StoredTotals>(`
      SELECT count(*) AS requests, sum(c.estimated) AS estimated, sum(c.priced) AS priced,
        sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens, sum(c.billed * c.cost_usd) AS cost_usd
      FROM ${TABLES[where.response]} JOIN request_contributions c ON c.request = r.n
      WHERE ${where.sql}`)
    .get(...where.parameters);
  return {
    requests: sums?.requests ?? 0,
    estimatedRequests: sums?.estimated ?? 0,
    inputTokens: sums?.input_tokens ?? 0,
    outputTokens: sums?.output_tokens ?? 0,
    costUsd: sums?.priced ? roundDollars(sums.cost_usd) : null,
  };
}

/** How many requests ended in one way. */
export interface OutcomeCount {
  state: ExchangeState;
  /** HTTP status; null without an answer. */
  status: number | null;
  requests: number;
}

/** How the requests that match ended. @throws InvalidFilterError */
export function countOutcomes(db: Database, filter: RequestFilter): OutcomeCount[] {
  const where = whereOfAll(filter);
  return db
    .prepare<(string | number)[], OutcomeCount>(`
      SELECT r.state, p.status, count(*) AS requests
      FROM ${TABLES[where.response === 'required' ? 'required' : 'optional']}
      WHERE ${where.sql} GROUP BY r.state, p.status ORDER BY requests DESC`)
    .all(...where.parameters);
}
