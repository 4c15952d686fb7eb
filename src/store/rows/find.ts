import { AmbiguousIdError, NotFoundError } from '../errors.js';
import type { Database } from '../sqlite.js';

export interface FoundRequest {
  n: number;
  id: string;
}

/**
 * Finds a request by its id, the id of its response, their correlation id, the beginning of one of these, the id of its rating,
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
  const from = `req_${ulid}`;
  const matches = db
    .prepare<[string, string], FoundRequest>(
      'SELECT n, id FROM captured_requests WHERE id >= ? AND id < ? ORDER BY id LIMIT 3',
    )
    .all(from, `${from}\u{10ffff}`);
  const [first, ...others] = matches;
  if (first === undefined) throw new NotFoundError(given);
  if (others.length === 0 || first.id === from) return first;
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

function ratedAs(db: Database, rating: string): FoundRequest {
  const found = db
    .prepare<[string], FoundRequest>(
      'SELECT r.n, r.id FROM quality_feedback f JOIN captured_requests r ON r.n = f.request WHERE f.id = ?',
    )
    .get(rating);
  if (found === undefined) throw new NotFoundError(rating, 'rating');
  return found;
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

/** The place of a turn in the list of turns. */
export interface FoundTurn {
  n: number;
  /** Unix ms. */
  startedAt: number;
}

/**
 * Finds a turn by its id, the beginning of it, or `last` for the newest one.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findTurn(db: Database, given: string): FoundTurn {
  const columns = 'SELECT n, id, started_at AS startedAt FROM turns';
  const matches =
    given === 'last'
      ? db.prepare<[], FoundTurn & { id: string }>(`${columns} ORDER BY started_at DESC, n DESC LIMIT 1`).all()
      : db
          .prepare<[string, string], FoundTurn & { id: string }>(
            `${columns} WHERE id >= ? AND id < ? ORDER BY id LIMIT 3`,
          )
          .all(given, `${given}\u{10ffff}`);
  const [first, ...others] = matches;
  if (first === undefined || given === '') throw new NotFoundError(given, 'turn');
  if (others.length === 0 || first.id === given) return first;
  throw new AmbiguousIdError(
    given,
    matches.map(({ id }) => id),
  );
}

/**
 * The id of a session of Claude Code, by that id, its name, the beginning of the id, or `last` for the one last seen.
 *
 * @throws NotFoundError, AmbiguousIdError
 */
export function findSession(db: Database, given: string): string {
  const byName = 'SELECT id FROM sessions WHERE id = @given OR name = @given ORDER BY id = @given DESC LIMIT 1';
  const exact = db.prepare<{ given: string }, string>(byName).pluck().get({ given });
  if (exact !== undefined) return exact;
  const matches =
    given === 'last'
      ? db.prepare<[], string>('SELECT id FROM sessions ORDER BY last_seen DESC, n DESC LIMIT 1').pluck().all()
      : db
          .prepare<[string, string], string>('SELECT id FROM sessions WHERE id >= ? AND id < ? ORDER BY id LIMIT 3')
          .pluck()
          .all(given, `${given}\u{10ffff}`);
  const [first, ...others] = matches;
  if (first === undefined || given === '') throw new NotFoundError(given, 'session');
  if (others.length > 0) throw new AmbiguousIdError(given, matches);
  return first;
}
