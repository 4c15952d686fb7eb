import type { RequestDetail, RequestSummary, RequestShare } from '../../../model/request.js';
import { ATTRIBUTION_VERSION, contextWindow } from '../../../attribution/index.js';
import type { Source } from '../../../model/source.js';
import { NotFoundError, type Reader, type SourceUse } from '../../../store/index.js';
import type { HeadFacts } from '../lines/head.js';
import { rateLimits } from './rate-limits.js';

/** The request that the panel is about. */
export interface SelectedRequest {
  request: RequestDetail;
  /** The previous request of its thread; null when there is none, or it is not stored any more. */
  previous: RequestSummary | null;
  shares: readonly RequestShare[];
  head: HeadFacts;
}

/** This many requests of a session contain one of the same agent, in spite of side requests. */
const RECENT = 20;

export function readSelected(reader: Reader, id: string): SelectedRequest {
  const request = reader.request(id);
  const { sessionId } = request;
  const session = sessionId === null ? null : reader.session(sessionId);
  const billed = request.tokens.input === null ? (billedBefore(reader, request) ?? request) : request;
  return {
    request,
    previous: previousOf(reader, request),
    shares: reader.shares(id),
    head: {
      context: contextOf(billed),
      session,
      limits: rateLimits(billed.response?.headers ?? []),
    },
  };
}

/** How each source was used in a session. */
export function readUses(reader: Reader, sessionId: string): ReadonlyMap<Source, SourceUse> {
  const { sources } = reader.sourceUses({ sessionId, version: ATTRIBUTION_VERSION });
  return new Map(sources.map((use) => [use.source, use]));
}

/** The latest request of the main conversation; null when nothing was captured. */
export function readLatestMain(reader: Reader, sessionId: string | undefined): SelectedRequest | null {
  const rows = reader.page({ sessionId }, { limit: RECENT });
  const latest = rows.find(({ purpose }) => purpose === 'main') ?? rows[0];
  return latest === undefined ? null : readSelected(reader, latest.id);
}

/** The last request of the same conversation with a bill, for a request that has none yet. */
function billedBefore(reader: Reader, { sessionId, agentId, timestamp }: RequestDetail): RequestDetail | null {
  if (sessionId === null) return null;
  const rows = reader.page({ sessionId, until: timestamp.getTime() }, { limit: RECENT });
  const before = rows.find(
    (row) => row.agentId === agentId && row.tokens.known === 'exact' && (row.purpose === 'main' || agentId !== null),
  );
  return before === undefined ? null : reader.request(before.id);
}

function previousOf(reader: Reader, { previousId }: RequestDetail): RequestSummary | null {
  if (previousId === null) return null;
  try {
    return reader.request(previousId);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** The answer counts too, as the next request of the thread contains it. */
function contextOf(request: RequestDetail): HeadFacts['context'] {
  const { model, tokens } = request;
  if (tokens.input === null) return null;
  const betas = request.requestHeaders.flatMap(([name, value]) =>
    name.toLowerCase() === 'anthropic-beta' ? [value] : [],
  );
  return {
    tokens: tokens.input + (tokens.output ?? 0),
    window: contextWindow(model, betas.join(','), tokens.input),
  };
}
