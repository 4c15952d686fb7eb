import type { RequestSummary } from '../model/request.js';
import type { SessionSummary } from '../model/session.js';
import type { Reader } from '../store/index.js';
import type { ComparedSession } from './compare-sessions.js';
import { versionOf } from './read-evidence.js';

/** Sessions searched for two of one project. */
const MAX_SESSIONS = 1_000;

/** Requests of a session searched for the first of its main conversation. */
const MAX_REQUESTS = 200;

/** Why two sessions cannot be compared. `no_session`: none has a billed request; `no_earlier`: it is the first of its project. */
export type Incomparable = { problem: 'no_session' | 'no_earlier'; sessionId: string | null; cwd: string | null };

/**
 * A session and the one before it in the same project.
 * @param wanted id of the later one; undefined: the last with a request of the main conversation
 * @throws StoreError, NotFoundError
 */
export function readSessions(
  reader: Reader,
  version: number,
  wanted: string | undefined,
): { before: ComparedSession; after: ComparedSession } | Incomparable {
  const { rows } = reader.sessions({}, { limit: MAX_SESSIONS });
  const candidates = wanted === undefined ? rows : [reader.session(wanted)];
  const after = firstWithRequest(reader, version, candidates);
  if (after === null) return { problem: 'no_session', sessionId: wanted ?? null, cwd: null };
  const { sessionId, cwd } = after;
  const earlier = rows
    .filter((row) => row.cwd === cwd && row.id !== sessionId && row.firstSeen < after.firstSeen)
    .sort((a, b) => b.firstSeen.getTime() - a.firstSeen.getTime());
  const before = firstWithRequest(reader, version, earlier);
  return before === null ? { problem: 'no_earlier', sessionId, cwd } : { before, after };
}

type Found = ComparedSession & { cwd: string };

function firstWithRequest(reader: Reader, version: number, sessions: readonly SessionSummary[]): Found | null {
  for (const { id, cwd, firstSeen } of sessions) {
    const first = reader
      .page({ sessionId: id }, { ascending: true, limit: MAX_REQUESTS })
      .find(({ purpose, tokens }) => purpose === 'main' && tokens.known === 'exact');
    if (first !== undefined) return { cwd, ...compared(reader, version, id, firstSeen, first) };
  }
  return null;
}

function compared(
  reader: Reader,
  version: number,
  sessionId: string,
  firstSeen: Date,
  first: RequestSummary,
): ComparedSession {
  return {
    sessionId,
    firstSeen,
    claudeVersion: versionOf(reader, first.id),
    model: first.model,
    firstRequest: { id: first.id, inputTokens: first.tokens.input ?? 0, known: first.tokens.known ?? 'estimated' },
    shares: reader.shares(first.id),
    uses: reader.sourceUses({ version, sessionId }),
  };
}
