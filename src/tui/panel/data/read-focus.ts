import { NotFoundError, type Reader, type RequestDetail, type RequestRow } from '../../../store/index.js';
import type { HeadFacts } from '../lines/head.js';
import { contextWindow } from './context-window.js';
import { rateLimits } from './rate-limits.js';

/** What is read about the request that is looked at. */
export interface Focus {
  request: RequestDetail;
  /** The one before it in its thread; null when there is none, or it is not stored any more. */
  previous: RequestRow | null;
  head: HeadFacts;
}

/** Of a session's requests, among so many is one of the same agent, whatever it asked on the side. */
const RECENT = 20;

export function readFocus(reader: Reader, id: string): Focus {
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

/** The same of the latest request of the main conversation; null when nothing was captured. */
export function readNow(reader: Reader, sessionId: string | undefined): Focus | null {
  const rows = reader.page({ sessionId }, { limit: RECENT });
  const latest = rows.find(({ purpose }) => purpose === 'main') ?? rows[0];
  return latest === undefined ? null : readFocus(reader, latest.id);
}

/** While a request has no bill, the last one of the same conversation before it is the best that is known. */
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

/** The next request of the thread brings the answer along, so the answer fills the window, too. */
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
