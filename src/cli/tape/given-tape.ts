import { UserError } from '../../base/errors.js';
import { findTape, type Library, matchesTape, readLibrary, TapeNotFoundError } from '../../mcp/tape/index.js';
import type { TapeSummary } from '../../model/tape.js';
import { resolvePaths } from '../../settings/paths.js';
import { NotFoundError } from '../../store/index.js';
import { withReader } from '../database.js';
import type { Given } from './options.js';

/** The tapes that a verb is for. */
export type Place = Pick<Given, 'folder' | 'filter'>;

/** The file of a tape that was named. @throws UserError with advice */
export async function givenTape(folder: string, name: string): Promise<string> {
  try {
    return await findTape(folder, name);
  } catch (error) {
    throw withAdvice(error);
  }
}

/** The file of a tape in the library; null where no tape has that id or name. `last` is not one: it means the last session. */
export async function libraryTape(name: string): Promise<string | null> {
  if (name === 'last') return null;
  try {
    return await findTape(resolvePaths(process.env).tapes, name);
  } catch (error) {
    if (error instanceof TapeNotFoundError && error.code === 'not_found') return null;
    throw withAdvice(error);
  }
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof TapeNotFoundError)) return error;
  const advice =
    error.code === 'ambiguous'
      ? 'Give more characters.'
      : '`claude-trace tape list` has them; `claude-trace tape record <session>` makes some.';
  return new UserError(`${error.message} ${advice}`, { cause: error });
}

/** The tapes of the library that match, and all files that cannot be read as tapes. @throws NotFoundError, AmbiguousIdError for a session */
export async function matchingTapes({ folder, filter: { session, ...filter } }: Place): Promise<Library> {
  const wanted = session && (await sessionId(session));
  const { tapes, unreadable } = await readLibrary(folder);
  const matching: TapeSummary[] = [];
  for (const tape of tapes) if (await matchesTape(tape, { ...filter, session: wanted })) matching.push(tape);
  return { tapes: matching, unreadable };
}

/** The id of a stored session. Tapes outlive sessions, or come from elsewhere, so what names none may be the beginning of an id. */
function sessionId(given: string): Promise<string> {
  return withReader(true, (reader) => {
    try {
      return reader.sessionId(given);
    } catch (error) {
      if (error instanceof NotFoundError && given !== 'last') return given;
      throw error;
    }
  });
}
