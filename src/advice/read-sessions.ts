import type { Reader, RequestRow, SessionRow } from '../store/index.js';
import type { ComparedSession } from './compare-sessions.js';
import { versionOf } from './read-evidence.js';

/** Sessions searched for two of one project. */
const MAX_SESSIONS = 1_000;

/** Requests of a session searched for the first of its main conversation. */
const MAX_REQUESTS = 200;

/** Why two sessions cannot be compared. `no_session`: none has a billed request; `no_earlier`: it is the first of its project. */
export type Incomparable = { problem: 'no_session' | 'no_earlier'; session_id: string | null; cwd: string | null };

/**
 * A session and the one before it in the same project.
 * @param sessionId the later one; undefined: the last with a request of the main conversation
 * @throws StoreError, NotFoundError
 */
export function readSessions(
  reader: Reader,
  version: number,
  sessionId: string | undefined,
): { before: ComparedSession; after: ComparedSession } | Incomparable {
  const { rows } = reader.sessions({}, { limit: MAX_SESSIONS });
  const candidates = sessionId === undefined ? rows : [reader.session(sessionId)];
  const after = firstWithRequest(reader, version, candidates);
  if (after === null) return { problem: 'no_session', session_id: sessionId ?? null, cwd: null };
  const { session_id, cwd } = after;
  const earlier = rows
    .filter((row) => row.cwd === cwd && row.id !== session_id && row.first_seen < after.first_seen)
    .sort((a, b) => b.first_seen.localeCompare(a.first_seen));
  const before = firstWithRequest(reader, version, earlier);
  return before === null ? { problem: 'no_earlier', session_id, cwd } : { before, after };
}

type Found = ComparedSession & { cwd: string };

function firstWithRequest(reader: Reader, version: number, sessions: readonly SessionRow[]): Found | null {
  for (const { id, cwd, first_seen } of sessions) {
    const first = reader
      .page({ sessionId: id }, { ascending: true, limit: MAX_REQUESTS })
      .find(({ purpose, tokens }) => purpose === 'main' && tokens.known === 'exact');
    if (first !== undefined) return { cwd, ...compared(reader, version, id, first_seen, first) };
  }
  return null;
}

function compared(
  reader: Reader,
  version: number,
  session_id: string,
  first_seen: string,
  first: RequestRow,
): ComparedSession {
  return {
    session_id,
    first_seen,
    claude_version: versionOf(reader, first.id),
    model: first.model,
    first_request: { id: first.id, input_tokens: first.tokens.input ?? 0, known: first.tokens.known ?? 'estimated' },
    shares: reader.shares(first.id),
    uses: reader.sourceUses({ version, sessionId: session_id }),
  };
}
