import { AmbiguousIdError, AmbiguousNameError, NotFoundError } from '../errors.js';
import type { Database } from '../sqlite.js';

export interface FoundRequest {
  n: number;
  id: string;
}

/**
 * Finds a request by its id, the id of its response, their correlation id, the id of its rating, the beginning of one of these,
 * or `last` for the newest (of kind `messages` if there is one). The first three ids share one ULID (model/ids.ts), so one
 * index is enough.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findRequest(db: Database, given: string): FoundRequest {
  if (given === 'last') return newest(db);
  if (given.startsWith('fb_')) return ratedAs(db, given);
  const ulid = given.toLowerCase().replace(/^(req|resp)_/, '');
  if (ulid === '') throw new NotFoundError(given);
  const beginning = `req_${ulid}`;
  return byBeginning(db, 'SELECT n, id FROM captured_requests', { given, beginning, what: 'request' });
}

/** The row whose id is `beginning`, else the only one whose id begins with it. @throws NotFoundError, AmbiguousIdError */
function byBeginning<Row extends { id: string }>(
  db: Database,
  select: string,
  { given, beginning, what }: { given: string; beginning: string; what: 'request' | 'rating' | 'turn' | 'session' },
): Row {
  const matches = db
    .prepare<[string, string], Row>(`${select} WHERE id >= ? AND id < ? ORDER BY id LIMIT 3`)
    .all(beginning, `${beginning}\u{10ffff}`);
  const [first, ...others] = matches;
  if (first === undefined || beginning === '') throw new NotFoundError(given, what);
  if (others.length === 0 || first.id === beginning) return first;
  throw new AmbiguousIdError(
    given,
    matches.map(({ id }) => id),
  );
}

/**
 * As `findRequest`, but `last` is the newest answer of a main conversation: the one a person means when rating, and not a side
 * request that made its title.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findAnswer(db: Database, given: string): FoundRequest {
  if (given !== 'last') return findRequest(db, given);
  const answer = db
    .prepare<[], FoundRequest>(`
      SELECT r.n, r.id FROM captured_requests r JOIN thread_places t ON t.request = r.n
      WHERE r.kind = 'messages' AND t.purpose = 'main' ORDER BY r.initiated DESC, r.n DESC LIMIT 1`)
    .get();
  return answer ?? newest(db);
}

function ratedAs(db: Database, given: string): FoundRequest {
  const select =
    'SELECT id, request AS n, (SELECT r.id FROM captured_requests r WHERE r.n = f.request) AS requestId FROM quality_feedback f';
  const rating = byBeginning<FoundRequest & { requestId: string }>(db, select, {
    given,
    beginning: given === 'fb_' ? '' : given,
    what: 'rating',
  });
  return { n: rating.n, id: rating.requestId };
}

function newest(db: Database): FoundRequest {
  const select = (condition: string) =>
    db
      .prepare<[], FoundRequest>(
        `SELECT n, id FROM captured_requests WHERE ${condition} ORDER BY initiated DESC, n DESC LIMIT 1`,
      )
      .get();
  const found = select("kind = 'messages'") ?? select('1');
  if (found === undefined) throw new NotFoundError('last');
  return found;
}

export interface FoundMcpCall {
  /** Numbers of its messages and its connection. */
  request: number;
  answer: number | null;
  connection: number;
}

/**
 * Finds a call by its id, the beginning of it, the id of its tool use, or `last` for the newest one. Of calls with the same tool
 * use, the last.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findMcpCall(db: Database, given: string): FoundMcpCall {
  const columns = 'c.request, c.answer, c.connection';
  const select = `SELECT ${columns} FROM mcp_calls c`;
  const whole =
    given === 'last'
      ? db.prepare<[], FoundMcpCall>(`${select} ORDER BY c.sent_at DESC, c.request DESC LIMIT 1`).get()
      : db
          .prepare<[string], FoundMcpCall>(`${select} WHERE c.tool_use_id = ? ORDER BY c.request DESC LIMIT 1`)
          .get(given);
  if (whole !== undefined) return whole;
  const beginning = `mcpm_${given.toLowerCase().replace(/^mcp[cm]_/, '')}`;
  const matches = db
    .prepare<[string, string], FoundMcpCall & { id: string }>(`
      SELECT ${columns}, 'mcpc_' || substr(m.id, 6) AS id FROM mcp_messages m JOIN mcp_calls c ON c.request = m.n
      WHERE m.id >= ? AND m.id < ? ORDER BY m.id LIMIT 3`)
    .all(beginning, `${beginning}\u{10ffff}`);
  const [first, ...others] = matches;
  if (first === undefined || beginning === 'mcpm_') throw new NotFoundError(given, 'MCP call');
  if (others.length === 0 || first.id.slice(5) === beginning.slice(5)) return first;
  throw new AmbiguousIdError(
    given,
    matches.map(({ id }) => id),
  );
}

/** The place of a turn in the list of turns. */
export interface FoundTurn {
  n: number;
  id: string;
  /** Unix ms. */
  startedAt: number;
}

/**
 * Finds a turn by its id, the beginning of it, or `last` for the newest one.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findTurn(db: Database, given: string): FoundTurn {
  const select = 'SELECT n, id, started_at AS startedAt FROM turns';
  if (given !== 'last') return byBeginning(db, select, { given, beginning: given, what: 'turn' });
  const newestTurn = db.prepare<[], FoundTurn>(`${select} ORDER BY started_at DESC, n DESC LIMIT 1`).get();
  if (newestTurn === undefined) throw new NotFoundError(given, 'turn');
  return newestTurn;
}

/** An MCP server may be connected before the first API request of its session. */
const SESSION_IDS =
  'SELECT id FROM (SELECT id FROM sessions UNION SELECT session_id FROM mcp_servers WHERE session_id IS NOT NULL)';

/**
 * The id of a session of Claude Code, by that id, its name, the beginning of the id, or `last` for the one last seen. The whole
 * id comes first. A name with which the id of another session begins names neither: no session is mistaken for another. Of some
 * sessions only MCP servers are known.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findSession(db: Database, given: string): string {
  const [exact] = db.prepare<[string], string>(`${SESSION_IDS} WHERE id = ?`).pluck().all(given);
  if (exact !== undefined) return exact;
  const [named] = db.prepare<[string], string>('SELECT id FROM sessions WHERE name = ?').pluck().all(given);
  if (named !== undefined) {
    const other = otherSession(db, given, named);
    if (other !== undefined) throw new AmbiguousNameError(given, named, other);
    return named;
  }
  if (given !== 'last') return byBeginning(db, SESSION_IDS, { given, beginning: given, what: 'session' }).id;
  const lastSeen = db
    .prepare<[], string>('SELECT id FROM sessions ORDER BY last_seen DESC, n DESC LIMIT 1')
    .pluck()
    .get();
  if (lastSeen === undefined) throw new NotFoundError(given, 'session');
  return lastSeen;
}

/** A session other than `id` whose id begins with this. */
export function otherSession(db: Database, beginning: string, id: string): string | undefined {
  return db
    .prepare<[string, string, string], string>(`${SESSION_IDS} WHERE id >= ? AND id < ? AND id <> ? LIMIT 1`)
    .pluck()
    .get(beginning, `${beginning}\u{10ffff}`, id);
}
