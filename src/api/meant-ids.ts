import type { Reader } from '../store/index.js';

interface GivenIds {
  session_id?: string | undefined;
  turn_id?: string | undefined;
}

/**
 * The whole ids of filters, which are given as in paths: by their beginnings, by a name, or as `last`.
 * @throws NotFoundError, AmbiguousIdError
 */
export function meantIds(reader: Reader, { session_id: session, turn_id: turn }: GivenIds) {
  return {
    sessionId: session === undefined ? undefined : reader.sessionId(session),
    turnId: turn === undefined ? undefined : reader.turn(turn).id,
  };
}
