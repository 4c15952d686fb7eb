import { contextWindow } from '../../../attribution/index.js';
import { headersOf } from '../../../base/headers.js';
import { isMain } from '../../../model/purpose.js';
import type { RequestDetail, RequestSummary } from '../../../model/request.js';
import type { SessionSummary } from '../../../model/session.js';
import { groupTotals } from '../../../model/source-group.js';
import type { Reader } from '../../../store/index.js';
import { shareOf } from '../../../text/units.js';
import type { HeadFacts } from '../lines/head.js';
import { WANTED_OPEN } from '../state/source-groups.js';
import { rateLimits } from './rate-limits.js';

/** Requests of agents and side calls may be between those of the main conversation. */
const PAGE = 20;
const MAX_PAGES = 5;

/** A rate for a shorter time would say little about an hour. */
const MIN_RATED_MS = 2 * 60_000;
const HOUR_MS = 3_600_000;

/** What is known now: of the session that was used last, and of its main conversation. @throws StoreError */
export function readHead(reader: Reader, sessionId: string | undefined): HeadFacts | null {
  const newest = reader.page({ sessionId }, { limit: 1 })[0];
  if (newest === undefined) return null;
  const billed = lastBilled(reader, newest);
  const request = billed === null ? null : reader.request(billed.id);
  return {
    context: request === null ? null : contextOf(request),
    session: newest.sessionId === null ? null : sessionFacts(reader.session(newest.sessionId)),
    limits: rateLimits(request?.response?.headers ?? []),
    groups: billed === null ? [] : groupsOf(billed),
    miss: billed?.cacheMiss == null ? null : { id: billed.id, at: billed.timestamp, ...billed.cacheMiss },
  };
}

/** The last request of the main conversation whose input is known. */
function lastBilled(reader: Reader, newest: RequestSummary): RequestSummary | null {
  const filter = newest.sessionId === null ? {} : { sessionId: newest.sessionId };
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const rows = reader.page(filter, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    const found = rows.find((row) => isMain(row) && row.tokens.input !== null);
    if (found !== undefined) return found;
    after = rows.at(-1)?.id;
    if (rows.length < PAGE) return null;
  }
  return null;
}

function sessionFacts(session: SessionSummary): HeadFacts['session'] {
  const { costUsd, durationMs, estimatedRequests, cacheReadTokens, inputTokens } = session;
  return {
    costUsd,
    costPerHour: costUsd === null || durationMs < MIN_RATED_MS ? null : costUsd / (durationMs / HOUR_MS),
    isEstimate: estimatedRequests > 0,
    cacheShare: shareOf(cacheReadTokens, inputTokens),
  };
}

function groupsOf({ sources }: RequestSummary): HeadFacts['groups'] {
  return groupTotals(sources)
    .filter(({ group }) => WANTED_OPEN.includes(group))
    .map(({ group, costUsd }) => ({ group, costUsd }));
}

/** The answer counts too, as the next request of the thread contains it. */
function contextOf({ model, tokens, requestHeaders }: RequestDetail): HeadFacts['context'] {
  if (tokens.input === null) return null;
  const betas = headersOf(requestHeaders, 'anthropic-beta');
  return {
    tokens: tokens.input + (tokens.output ?? 0),
    window: contextWindow(model, betas.join(','), tokens.input),
  };
}
