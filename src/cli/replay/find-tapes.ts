import { statSync } from 'node:fs';
import { UsageError, UserError } from '../../base/errors.js';
import { storedTapes } from '../../history/tapes.js';
import { type RecordedTape, type Recording, readRecording } from '../../mcp/replay/index.js';
import { readTape } from '../../mcp/tape/index.js';
import type { Reader } from '../../store/index.js';
import { printableLine } from '../../text/text.js';
import { withReader } from '../database.js';

/**
 * What a word of the command line names: a tape in a file, or the tapes of one server in a stored session.
 * @param server its name; null: the only one
 * @throws UserError when there is none; UsageError when there are several servers
 */
export async function findRecording(word: string, server: string | null): Promise<Recording> {
  if (isFile(word)) return readRecording([await readTape(word)]);
  return withReader(false, async (reader) => {
    const tapes = sessionTapes(reader, word);
    const names = [...new Set(tapes.map(({ head }) => head.server.name))];
    const chosen = tapes.filter(({ head }) => server === null || head.server.name === server);
    const listed = names.map(printableLine).join(', ');
    if (chosen.length === 0) {
      throw new UserError(
        `The session recorded no messages of ${server ?? 'MCP servers'}. It has: ${listed || 'none'}.`,
      );
    }
    if (server === null && names.length > 1) {
      throw new UsageError(`The session has several servers: choose one with --server. They are ${listed}.`);
    }
    return readRecording(chosen);
  });
}

/**
 * The tapes of a session, the oldest first: one for each connection with messages.
 * @throws UserError for an unknown session
 */
function sessionTapes(reader: Reader, session: string): RecordedTape[] {
  const sessionId = reader.sessionId(session);
  const all = [...storedTapes(reader, { sessionId })].reverse();
  return all.filter(({ frames }) => {
    for (const _frame of frames) return true;
    return false;
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
