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

export function readFocus(reader: Reader, id: string): Focus {
  const request = reader.request(id);
  const { session_id } = request;
  const session = session_id === null ? null : reader.session(session_id);
  const previous = previousOf(reader, request);
  return {
    request,
    previous,
    head: {
      context: contextOf(request, previous),
      session: session && { cost_usd: session.cost_usd, requests: session.requests },
      limits: rateLimits(request.response?.headers ?? []),
    },
  };
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

/**
 * The next request of the thread brings the answer along, so the answer fills the window, too. While nothing is billed, what
 * the request before it filled is the best that is known.
 */
function contextOf(request: RequestDetail, previous: RequestRow | null): HeadFacts['context'] {
  const { model, tokens } = request.tokens.input === null && previous !== null ? previous : request;
  if (tokens.input === null) return null;
  const betas = request.request_headers.flatMap(([name, value]) =>
    name.toLowerCase() === 'anthropic-beta' ? [value] : [],
  );
  return {
    tokens: tokens.input + (tokens.output ?? 0),
    window: contextWindow(model, betas.join(','), tokens.input),
  };
}
