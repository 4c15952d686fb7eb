import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../base/error-text.js';
import { SQLITE_PACKAGE } from './sqlite.js';

/** What went wrong, as a closed set. `text/store-error.ts` says what to do about each. */
export type StoreErrorCode =
  | 'binding'
  | 'cannot_open'
  | 'readonly'
  | 'locked'
  | 'full'
  | 'io'
  | 'corrupt'
  | 'in_use'
  | 'no_schema'
  | 'foreign'
  | 'newer'
  | 'older_writer'
  | 'replaced'
  | 'damaged'
  | 'rejected'
  | 'unattributed'
  | 'empty'
  | 'not_found'
  | 'ambiguous'
  | 'filter'
  | 'rating'
  | 'not_rated'
  | 'rated_already'
  | 'session_name';

const TRANSIENT: ReadonlySet<StoreErrorCode> = new Set([
  'cannot_open',
  'readonly',
  'locked',
  'full',
  'io',
  'older_writer',
  'replaced',
]);

/** Any failure of the store. The message is one sentence that states what happened, and gives no advice. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = new.target.name;
  }

  /** True when the same write may succeed later without anybody repairing the database. */
  get transient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

export class MissingBindingError extends StoreError {
  constructor(cause: unknown) {
    const platform = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
    super('binding', `SQLite cannot be loaded: ${SQLITE_PACKAGE} has no binary for ${platform}.`, cause);
  }
}

/** A failure that concerns the database file as a whole. */
class DatabaseError extends StoreError {
  constructor(
    code: StoreErrorCode,
    readonly file: string,
    message: string,
    cause?: unknown,
  ) {
    super(code, message, cause);
  }
}

export class CannotOpenError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    super(
      'cannot_open',
      file,
      `Cannot open the database ${file}: ${unwritable(file, cause) ?? reasonOf(cause)}.`,
      cause,
    );
  }
}

/** Some readers get it too: in WAL mode SQLite must be able to write a -shm file beside the database. */
export class ReadOnlyError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    super(
      'readonly',
      file,
      `The database ${file} cannot be written to: the file, its folder or its disk is read-only.`,
      cause,
    );
  }
}

export class LockedError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    // The path comes last, so that a shortened line still shows the reason.
    super('locked', file, `The database is locked by another process: ${file}.`, cause);
  }
}

export class FullError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    super('full', file, `No space is left for the database ${file}.`, cause);
  }
}

export class StorageIoError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    super('io', file, `Reading or writing the database ${file} failed: ${reasonOf(cause)}.`, cause);
  }
}

export class CorruptError extends DatabaseError {
  constructor(file: string, cause: unknown) {
    super('corrupt', file, `The database ${file} is damaged. Nothing was deleted.`, cause);
  }
}

/** A repair needs the database for itself. */
export class InUseError extends DatabaseError {
  constructor(
    file: string,
    readonly user: string,
    cause?: unknown,
  ) {
    super('in_use', file, `The database ${file} is in use by ${user}. Nothing was changed.`, cause);
  }
}

/** A repair finds rows by the schema of the database, and this one has none that can be read. */
export class NoSchemaError extends DatabaseError {
  constructor(file: string, cause?: unknown) {
    const message = `The schema of the database ${file} is destroyed, so its tables cannot be found.`;
    super('no_schema', file, message, cause);
  }
}

export class ForeignDatabaseError extends DatabaseError {
  constructor(file: string) {
    super('foreign', file, `${file} is a SQLite database of another program. It was not changed.`);
  }
}

export class NewerSchemaError extends DatabaseError {
  constructor(
    file: string,
    readonly migration: string,
  ) {
    super('newer', file, `The database ${file} was written by a newer claude-trace (migration "${migration}").`);
  }
}

/** Migrating the database now would make a running older program lose every record from then on. */
export class OlderWriterError extends DatabaseError {
  constructor(
    file: string,
    readonly run: { pid: number; command: string },
  ) {
    const writer = `an older claude-trace (pid ${run.pid}, which traces ${run.command})`;
    super('older_writer', file, `The database ${file} is being written by ${writer}.`);
  }
}

/** The open file has lost its name: whatever is written to it is gone when it is closed. */
export class ReplacedFileError extends DatabaseError {
  constructor(file: string) {
    const message = `The database ${file} was deleted or replaced by another file while claude-trace used it.`;
    super('replaced', file, message);
  }
}

export class NothingCapturedError extends DatabaseError {
  constructor(file: string) {
    super('empty', file, `Nothing captured yet: there is no database ${file}.`);
  }
}

/** Stored content does not give the bytes whose hash was recorded. */
export class DamagedContentError extends StoreError {
  constructor(what: string, cause?: unknown) {
    super('damaged', `The stored ${what} is damaged: it is not what was captured.`, cause);
  }
}

/** One record does not fit the schema; the others can still be written. */
export class RejectedRecordError extends StoreError {
  constructor(cause: unknown) {
    super('rejected', `A captured record could not be stored: ${reasonOf(cause)}.`, cause);
  }
}

/** The attribution of an exchange does not fit the schema: the exchange is stored without it. */
export class RejectedAttributionError extends StoreError {
  constructor(cause: unknown) {
    super(
      'unattributed',
      `A request was stored without its attribution, which was refused: ${reasonOf(cause)}.`,
      cause,
    );
  }
}

export class NotFoundError extends StoreError {
  constructor(
    id: string,
    what: 'request' | 'session' | 'turn' | 'rating' | 'MCP call' | 'connection' | 'message' = 'request',
  ) {
    const names = what === 'session' ? 'id or name' : 'id';
    super('not_found', id === 'last' ? `No ${what} has been captured yet.` : `No ${what} with the ${names} "${id}".`);
  }
}

export class AmbiguousIdError extends StoreError {
  constructor(
    readonly given: string,
    matches: readonly string[],
    message = `Several ids begin with "${given}" (${matches.join(', ')}, …).`,
  ) {
    super('ambiguous', message);
  }
}

/** The name of a session with which the id of a later session begins. */
export class AmbiguousNameError extends AmbiguousIdError {
  constructor(name: string, named: string, other: string) {
    super(
      name,
      [named, other],
      `"${name}" is the name of the session ${named}, and the session id ${other} begins with it.`,
    );
  }
}

export class InvalidFilterError extends StoreError {
  /** @param reason a clause without a full stop */
  constructor(
    readonly field: string,
    readonly reason: string,
  ) {
    super('filter', `Invalid ${field}: ${reason}.`);
  }
}

export class InvalidRatingError extends StoreError {
  constructor(reason: string) {
    super('rating', `Invalid rating: ${reason}.`);
  }
}

export class NotRatedError extends StoreError {
  constructor(id: string) {
    super('not_rated', `${id} is not rated.`);
  }
}

export class RatedAlreadyError extends StoreError {
  constructor(id: string) {
    super('rated_already', `${id} is already rated.`);
  }
}

export class InvalidSessionNameError extends StoreError {
  /** @param reason a clause without a full stop */
  constructor(reason: string) {
    super('session_name', `A session cannot have this name: ${reason}.`);
  }
}

export class SessionNameTakenError extends StoreError {
  constructor(
    name: string,
    readonly sessionId: string,
  ) {
    super('session_name', `The name "${name}" belongs to the session ${sessionId}.`);
  }
}

/**
 * The one place that translates codes of SQLite and of the system; null for errors that come from neither.
 * Codes: https://www.sqlite.org/rescode.html (better-sqlite3 gives the extended names, so the prefix decides).
 */
export function storeError(error: unknown, file: string): StoreError | null {
  if (error instanceof StoreError) return error;
  if (isMissingBinding(error)) return new MissingBindingError(error);
  const code = codeOf(error) ?? '';
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return new LockedError(file, error);
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code)) return new FullError(file, error);
  if (/^(SQLITE_READONLY|EROFS)/.test(code)) return new ReadOnlyError(file, error);
  if (isDamage(error)) return new CorruptError(file, error);
  if (/^(SQLITE_(CANTOPEN|PERM|AUTH)|E[A-Z0-9]+$)/.test(code)) return new CannotOpenError(file, error);
  if (/^SQLITE_(IOERR|NOMEM)/.test(code)) return new StorageIoError(file, error);
  return null;
}

/** SQLite met a damaged page. If the page has the settings of a text index, the error has no code of damage. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (code === 'SQLITE_ERROR') return error instanceof Error && error.message.startsWith('invalid fts5 file format');
  return /^SQLITE_(CORRUPT|NOTADB)/.test(code);
}

/** better-sqlite3 loads its binding when the first database is opened, and fails in these ways without it. */
function isMissingBinding(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND') return true;
  return error instanceof Error && error.message.startsWith('Could not locate the bindings file');
}

/** SQLite only says that it was unable to open the file, also where its folder is on a read-only file system. */
function unwritable(file: string, cause: unknown): string | null {
  if (!codeOf(cause)?.startsWith('SQLITE_CANTOPEN')) return null;
  const folder = dirname(file);
  try {
    accessSync(folder, constants.W_OK);
    return null;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : `the folder ${folder} cannot be written to (${codeOf(error)})`;
  }
}

/** The message of the system without its full stop, since it ends up inside a sentence. */
function reasonOf(error: unknown): string {
  return describeError(error).replace(/\.$/, '');
}
