import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import { InvalidSessionNameError, NotFoundError, SessionNameTakenError } from '../errors.js';
import { findSession, otherSession } from '../rows/find.js';
import type { Database } from '../sqlite.js';

export const MAX_SESSION_NAME = 60;

/**
 * Names a session. Must be called in a transaction.
 * @param given what `findSession` accepts
 * @param name without blanks at its ends; null removes the name
 * @returns the id of the session
 * @throws NotFoundError, AmbiguousIdError, InvalidSessionNameError, SessionNameTakenError
 */
export function nameSession(db: Database, given: string, name: string | null): string {
  const id = findSession(db, given);
  const checked = name === null ? null : checkedName(name);
  const other = db
    .prepare<[string | null, string], string>('SELECT id FROM sessions WHERE name = ? AND id <> ?')
    .pluck();
  const taken = other.get(checked, id);
  if (checked !== null) {
    if (taken !== undefined) throw new SessionNameTakenError(checked, taken);
    const begun = otherSession(db, checked, id);
    if (begun !== undefined) throw new InvalidSessionNameError(`the session id ${begun} begins with it`);
  }
  const { changes } = db.prepare('UPDATE sessions SET name = ? WHERE id = ?').run(checked, id);
  if (changes === 0) throw new NotFoundError(given, 'session');
  return id;
}

function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new InvalidSessionNameError('it is empty');
  if (trimmed === 'last') throw new InvalidSessionNameError('"last" is the session seen last');
  if ([...trimmed].length > MAX_SESSION_NAME) {
    throw new InvalidSessionNameError(`it is longer than ${MAX_SESSION_NAME} characters`);
  }
  if (UNSAFE_CHARACTERS.test(trimmed)) throw new InvalidSessionNameError('it has control characters');
  return trimmed;
}
