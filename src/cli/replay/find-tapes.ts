import { statSync } from 'node:fs';
import { UsageError, UserError } from '../../base/errors.js';
import { matchesGlob } from '../../base/glob.js';
import { type StoredTape, storedConnections, storedTapes } from '../../history/tapes.js';
import type { RecordedTape } from '../../mcp/replay/index.js';
import { readTape } from '../../mcp/tape/index.js';
import { isRunId, type RunId } from '../../model/ids.js';
import type { TapeHead } from '../../model/tape.js';
import type { Reader } from '../../store/index.js';
import { printableLine } from '../../text/text.js';
import { withReader } from '../database.js';
import { libraryTape } from '../tape/given-tape.js';

/**
 * What a word of the command line names: a tape in a file, or the tapes of one server in a stored session, the oldest first.
 * @param server its name; null: the only one
 * @param work may read the tapes until it is done
 * @throws UserError when nothing of the server was recorded; UsageError when there are several servers
 */
export async function withTapes<Result>(
  word: string,
  server: string | null,
  work: (tapes: readonly RecordedTape[]) => Promise<Result>,
): Promise<Result> {
  const file = await tapeFile(word);
  if (file !== null) {
    const tape = await readTape(file);
    refuseOtherServer(tape.head, server);
    return work([tape]);
  }
  return withReader(false, (reader) => work(serverTapes(reader, word, server)));
}

/** A file is the tape of one server. @param server its name, if one was given @throws UserError when it is another */
export function refuseOtherServer({ server: { name } }: TapeHead, server: string | null): void {
  if (server === null || server === name) return;
  throw new UserError(`The tape has no messages of ${server}: it is of the server ${printableLine(name)}.`);
}

/**
 * The tapes of one server in a stored session, the oldest first; at least one.
 * @param server its name; null: the only one
 * @throws UserError when nothing was recorded; UsageError when there are several servers
 */
export function serverTapes(reader: Reader, session: string, server: string | null): StoredTape[] {
  const tapes = sessionTapes(reader, session);
  const names = [...new Set(tapes.map(({ head }) => head.server.name))];
  const chosen = tapes.filter(({ head }) => server === null || head.server.name === server);
  const listed = names.map(printableLine).join(', ');
  if (chosen.length === 0) {
    throw new UserError(`The session recorded no messages of ${server ?? 'MCP servers'}. It has: ${listed || 'none'}.`);
  }
  if (server === null && names.length > 1) {
    throw new UsageError(`The session has several servers: choose one with --server. They are ${listed}.`);
  }
  return chosen;
}

/**
 * The tapes of a session, the oldest first: one for each connection on which more was asked than the server's era. Before 2.1.197,
 * and over HTTP, a connection without a call names no session: those of the same run count.
 * @throws NotFoundError, AmbiguousIdError
 */
export function sessionTapes(reader: Reader, session: string): StoredTape[] {
  const sessionId = reader.sessionId(session);
  const own = [...storedTapes(reader, { sessionId })];
  const [newest] = reader.query({ sessionId, kind: 'all' }, { limit: 1, offset: 0 }).rows;
  const runs = new Set(own.map(({ connection }) => connection.runId));
  const runId = newest === undefined ? '' : reader.request(newest.id).runId;
  if (isRunId(runId)) runs.add(runId);
  const others = [...runs].flatMap((runId) =>
    [...storedTapes(reader, { runId })].filter(({ connection }) => connection.sessionId === null),
  );
  const all = new Map([...own, ...others].map((tape) => [tape.connection.id, tape]));
  const byStart = (one: StoredTape, other: StoredTape) =>
    one.connection.startedAt.getTime() - other.connection.startedAt.getTime();
  return [...all.values()].filter(hasMoreThanProbes).sort(byStart);
}

/**
 * Tapes of a session of Claude Code, as `wrap --replay` takes them, or of a run. `last` is the latest session, or the latest connection of `mcp
 * record` or the gateway if it is newer.
 * @throws NotFoundError, AmbiguousIdError, UserError
 */
export function tapesOf(reader: Reader, given: string, server = '*'): Iterable<StoredTape> {
  const other = given === 'last' ? newestOfOthers(reader, server) : null;
  if (other !== null) return [other];
  if (given.startsWith('run_')) return storedTapes(reader, { runId: runOf(reader, given), server });
  return sessionTapes(reader, given).filter(({ head }) => matchesGlob(server, head.server.name));
}

/** The newest connection, if another client than Claude Code opened it, after the latest session. */
function newestOfOthers(reader: Reader, server: string): StoredTape | null {
  const [tape] = storedTapes(reader, { server });
  if (tape === undefined || tape.connection.scope !== 'record' || !hasMoreThanProbes(tape)) return null;
  const [session] = reader.sessions({}, { limit: 1 }).rows;
  return session === undefined || session.lastSeen < tape.connection.startedAt ? tape : null;
}

/** @param given the id of a run, or the beginning of one @throws UserError */
function runOf(reader: Reader, given: string): RunId {
  if (isRunId(given)) return given;
  const runs = new Set<RunId>();
  for (const { runId } of storedConnections(reader, {})) if (runId.startsWith(given)) runs.add(runId);
  const [runId, ...others] = runs;
  if (runId === undefined) throw new UserError(`No run with the id "${given}" has used an MCP server.`);
  if (others.length > 0) throw new UserError(`${runs.size} runs begin with "${given}": give more characters.`);
  return runId;
}

/** Clients may start a server only to find out its era. */
function hasMoreThanProbes({ frames }: StoredTape): boolean {
  for (const { dir, bytes } of frames) {
    if (dir === 'c' && !Buffer.from(bytes).includes('"server/discover"')) return true;
  }
  return false;
}

/**
 * The file of a tape that a word names: its path, or its id or name in the library. Null for what must be a session.
 * @throws UserError for a path without a file
 */
export async function tapeFile(word: string): Promise<string | null> {
  const file = isFile(word) ? word : await libraryTape(word);
  if (file === null && LOOKS_LIKE_A_PATH.test(word)) throw new UserError(`There is no file ${printableLine(word)}.`);
  return file;
}

/** Ids of sessions have neither. */
const LOOKS_LIKE_A_PATH = /[\\/]|\.jsonl(?:\.gz)?$/;

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
