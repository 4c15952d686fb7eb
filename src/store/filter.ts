import { EXCHANGE_KINDS, EXCHANGE_STATES, type ExchangeKind } from '../model/exchange.js';
import { InvalidFilterError } from './errors.js';

/** Which requests; all conditions must hold. Globs know `*` only and mind upper and lower case. */
export interface RequestFilter {
  /** Glob over sources: `mcp:*`, `memory:*CLAUDE.md`. */
  source?: string | undefined;
  /** Unix ms: initiated at or after. */
  since?: number | undefined;
  /** Unix ms: initiated before. */
  until?: number | undefined;
  sessionId?: string | undefined;
  agentId?: string | undefined;
  /** Glob. */
  model?: string | undefined;
  /** `200`, `4xx`, a state (`open`, `interrupted`, …), or `error`: any end but a complete response below 400. */
  status?: string | undefined;
  /** `messages` unless given. */
  kind?: ExchangeKind | 'all' | undefined;
  /** Letters found in the URL, the model or the error, upper and lower case alike. */
  text?: string | undefined;
  rated?: boolean | undefined;
  /** Input tokens at least. */
  minTokens?: number | undefined;
  minCostUsd?: number | undefined;
}

export interface Page {
  limit: number;
  offset: number;
}

/** A condition over `captured_requests r` left joined with `captured_responses p`. */
export interface Where {
  sql: string;
  parameters: (string | number)[];
  /** True when a condition speaks of the response: without one, counting need not look at responses. */
  needsResponse: boolean;
}

/** @throws InvalidFilterError */
export function whereOf(filter: RequestFilter): Where {
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  let needsResponse = false;
  const add = (sql: string, ...values: (string | number)[]) => {
    conditions.push(sql);
    parameters.push(...values);
    needsResponse ||= sql.includes('p.');
  };

  const { kind = 'messages', since, until, sessionId, agentId, model, source, status, text, rated } = filter;
  if (kind !== 'all') add('r.kind = ?', checkedKind(kind));
  if (since !== undefined) add('r.initiated >= ?', since);
  if (until !== undefined) add('r.initiated < ?', until);
  if (sessionId !== undefined) add('r.session = (SELECT n FROM sessions WHERE id = ?)', sessionId);
  if (agentId !== undefined) add('r.agent_id = ?', agentId);
  if (model !== undefined) add('r.model GLOB ?', globOf(model));
  if (source !== undefined) {
    add(
      `r.n IN (SELECT a.request FROM context_attributions a
        WHERE a.source IN (SELECT id FROM context_source_metrics WHERE source GLOB ?))`,
      globOf(source),
    );
  }
  if (status !== undefined) addStatus(add, status);
  if (text !== undefined) {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const columns = ['r.url', 'r.model', 'p.error'];
    add(`(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`, ...columns.map(() => pattern));
  }
  if (rated !== undefined) add(`${rated ? '' : 'NOT '}EXISTS (SELECT 1 FROM quality_feedback f WHERE f.request = r.n)`);
  if (filter.minTokens !== undefined) add('p.input_tokens >= ?', filter.minTokens);
  if (filter.minCostUsd !== undefined) add('p.cost_usd >= ?', filter.minCostUsd);

  return { sql: conditions.join(' AND ') || '1', parameters, needsResponse };
}

function addStatus(add: (sql: string, ...values: (string | number)[]) => void, status: string): void {
  if (status === 'error') {
    add("(p.status >= 400 OR r.state NOT IN ('open', 'complete'))");
  } else if (/^[1-5]\d\d$/.test(status)) {
    add('p.status = ?', Number(status));
  } else if (/^[1-5]xx$/i.test(status)) {
    const first = Number(status.charAt(0)) * 100;
    add('p.status >= ? AND p.status < ?', first, first + 100);
  } else if (EXCHANGE_STATES.some((state) => state === status)) {
    add('r.state = ?', status);
  } else {
    throw new InvalidFilterError('status', `"${status}" is no code (200), class (4xx), "error" or state`);
  }
}

function checkedKind(kind: string): string {
  if (EXCHANGE_KINDS.some((known) => known === kind)) return kind;
  throw new InvalidFilterError('kind', `"${kind}" is none of ${EXCHANGE_KINDS.join(', ')}, all`);
}

/** SQLite's GLOB also gives `?` and `[` a meaning; in brackets they are letters. */
function globOf(pattern: string): string {
  return pattern.replace(/[[?]/g, '[$&]');
}
