import { contextWindow } from '../../../attribution/index.js';
import { NotFoundError, type Reader, type RequestDetail, type RequestRow } from '../../../store/index.js';
import type { HeadFacts } from '../lines/head.js';
import { rateLimits } from './rate-limits.js';

/** The request that the panel is about. */
export interface SelectedRequest {
  request: RequestDetail;
  /** The previous request of its thread; null when there is none, or it is not stored any more. */
  previous: RequestRow | null;
  head: HeadFacts;
}

/** This many requests of a session contain one of the same agent, in spite of side requests. */
const RECENT = 20;

export function readSelected(reader: Reader, id: string): SelectedRequest {
  const request = reader.request(id);
  const { session_id } = request;
  const session = session_id === null ? null : reader.session(session_id);
  const billed = request.tokens.input === null ? (billedBefore(reader, request) ?? request) : request;
  return {
    request,
    previous: previousOf(reader, request),
    head: {
      context: contextOf(billed),
      session,
      limits: rateLimits(billed.response?.headers ?? []),
    },
  };
}

/** The latest request of the main conversation; null when nothing was captured. */
export function readLatestMain(reader: Reader, sessionId: string | undefined): SelectedRequest | null {
  const rows = reader.page({ sessionId }, { limit: RECENT });
  const latest = rows.find(({ purpose }) => purpose === 'main') ?? rows[0];
  return latest === undefined ? null : readSelected(reader, latest.id);
}

/** The last request of the same conversation with a bill, for a request that has none yet. */
function billedBefore(reader: Reader, { session_id, agent_id, timestamp }: RequestDetail): RequestDetail | null {
  if (session_id === null) return null;
  const rows = reader.page({ sessionId: session_id, until: Date.parse(timestamp) }, { limit: RECENT });
  const before = rows.find(
    (row) => row.agent_id === agent_id && row.tokens.known === 'exact' && (row.purpose === 'main' || agent_id !== null),
  );
  return before === undefined ? null : reader.request(before.id);
}

function previousOf(reader: Reader, { previous_id }: RequestDetail): RequestRow | null {
  if (previous_id === null) return null;
  try {
    return reader.request(previous_id);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** The answer counts too, as the next request of the thread contains it. */
function contextOf(request: RequestDetail): HeadFacts['context'] {
  const { model, tokens } = request;
  if (tokens.input === null) return null;
  const betas = request.request_headers.flatMap(([name, value]) =>
    name.toLowerCase() === 'anthropic-beta' ? [value] : [],
  );
  return {
    tokens: tokens.input + (tokens.output ?? 0),
    window: contextWindow(model, betas.join(','), tokens.input),
  };
}
