import { codeOf, describeError } from '../base/error-text.js';
import { SQLITE_PACKAGE } from './sqlite.js';

/** What went wrong, as a closed set; `doctor` and the write queue decide by it. */
export type StoreErrorCode =
  | 'binding'
  | 'cannot_open'
  | 'readonly'
  | 'locked'
  | 'full'
  | 'io'
  | 'corrupt'
  | 'in_use'
  | 'unsalvageable'
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
  | 'rated_already';

/** Any failure of the store. Its message is a clear sentence for the user. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    /** True when the same write may succeed later without anybody repairing the database. */
    readonly transient: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Version 13 brings binaries for the common platforms; version 12, which Node 20 needs, downloads or compiles one at installation. */
const HOW_TO_GET_SQLITE =
  SQLITE_PACKAGE === 'better-sqlite3'
    ? 'Install claude-trace again with this Node; on another platform than Linux, macOS and Windows on x64 or arm64, run ' +
      '`npm run build-release` inside its node_modules/better-sqlite3 (needs a C++ compiler).'
    : `Run \`npm rebuild ${SQLITE_PACKAGE}\` inside the installed claude-trace package (needs a C++ compiler), or use ` +
      'Node 22 or newer, which needs neither.';

export class MissingBindingError extends StoreError {
  override readonly name = 'MissingBindingError';
  constructor(cause: unknown) {
    super(
      'binding',
      `SQLite cannot be loaded: ${SQLITE_PACKAGE} has no binary for Node ${process.versions.node} on ` +
        `${process.platform}-${process.arch}. ${HOW_TO_GET_SQLITE}`,
      false,
      { cause },
    );
  }
}

export class CannotOpenError extends StoreError {
  override readonly name = 'CannotOpenError';
  constructor(file: string, cause: unknown) {
    super('cannot_open', `Cannot open the database ${file}: ${reason(cause)}.`, true, { cause });
  }
}

/** Readers meet it too: in WAL mode SQLite must be able to write a -shm file beside the database. */
export class ReadOnlyError extends StoreError {
  override readonly name = 'ReadOnlyError';
  constructor(file: string, cause: unknown) {
    super(
      'readonly',
      `The database ${file}, its folder or its disk is read-only: it must be writable, even to read it.`,
      true,
      {
        cause,
      },
    );
  }
}

export class LockedError extends StoreError {
  override readonly name = 'LockedError';
  constructor(file: string, cause: unknown) {
    super('locked', `The database ${file} is locked by another process.`, true, { cause });
  }
}

export class FullError extends StoreError {
  override readonly name = 'FullError';
  constructor(file: string, cause: unknown) {
    super('full', `No space is left for the database ${file}: free some, or run \`claude-trace prune\`.`, true, {
      cause,
    });
  }
}

export class StorageIoError extends StoreError {
  override readonly name = 'StorageIoError';
  constructor(file: string, cause: unknown) {
    super('io', `Reading or writing the database ${file} failed: ${reason(cause)}.`, true, { cause });
  }
}

export class CorruptError extends StoreError {
  override readonly name = 'CorruptError';
  constructor(file: string, cause: unknown) {
    super(
      'corrupt',
      `The database ${file} is damaged; \`claude-trace doctor\` tells more. Nothing was deleted.`,
      false,
      {
        cause,
      },
    );
  }
}

/** A repair needs the database for itself. */
export class InUseError extends StoreError {
  override readonly name = 'InUseError';
  constructor(file: string, users: string, cause?: unknown) {
    super(
      'in_use',
      `The database ${file} is in use by ${users}: end what uses it, then repair. Nothing was changed.`,
      false,
      { cause },
    );
  }
}

/** Not even the beginning of another database leads to what is in this one. */
export class UnsalvageableError extends StoreError {
  override readonly name = 'UnsalvageableError';
  constructor(file: string, cause: unknown) {
    super(
      'unsalvageable',
      `Nothing of the database ${file} can be read, so claude-trace can save nothing of it, and left it as it is. ` +
        'Move it away to trace anew.',
      false,
      { cause },
    );
  }
}

export class ForeignDatabaseError extends StoreError {
  override readonly name = 'ForeignDatabaseError';
  constructor(file: string) {
    super('foreign', `${file} is a SQLite database of another program; it was left as it is.`, false);
  }
}

export class NewerSchemaError extends StoreError {
  override readonly name = 'NewerSchemaError';
  constructor(file: string, unknown: string) {
    super(
      'newer',
      `The database ${file} was written by a newer claude-trace (migration "${unknown}"): ` +
        'end what still runs of this version, and update claude-trace to use it.',
      false,
    );
  }
}

/** Bringing the database up to date would cost a running older program every record from then on. */
export class OlderWriterError extends StoreError {
  override readonly name = 'OlderWriterError';
  constructor(file: string, run: { pid: number; command: string }) {
    super(
      'older_writer',
      `The database ${file} is being written by an older claude-trace (pid ${run.pid}, which traces ${run.command}): ` +
        'end it, then this version brings the database up to date.',
      true,
    );
  }
}

/** The file that is open has lost its name: whatever is written to it is gone when it is closed. */
export class ReplacedFileError extends StoreError {
  override readonly name = 'ReplacedFileError';
  constructor(file: string, advice: string) {
    super(
      'replaced',
      `The database ${file} was deleted, or another one put in its place, while claude-trace used it. ${advice}`,
      true,
    );
  }
}

/** Stored content does not give the bytes whose hash was recorded. */
export class DamagedContentError extends StoreError {
  override readonly name = 'DamagedContentError';
  constructor(what: string, cause?: unknown) {
    super('damaged', `The stored ${what} is damaged: it is not what was captured.`, false, { cause });
  }
}

/** One record does not fit the schema; the others can still be written. */
export class RejectedRecordError extends StoreError {
  override readonly name = 'RejectedRecordError';
  constructor(cause: unknown) {
    super('rejected', `A captured record could not be stored: ${reason(cause)}.`, false, { cause });
  }
}

/** What attribution said of an exchange does not fit the schema: the exchange is stored without. */
export class RejectedAttributionError extends StoreError {
  override readonly name = 'RejectedAttributionError';
  constructor(cause: unknown) {
    super('unattributed', `A request was stored without its attribution, which was refused: ${reason(cause)}.`, false, {
      cause,
    });
  }
}

export class NothingCapturedError extends StoreError {
  override readonly name = 'NothingCapturedError';
  constructor(file: string) {
    super(
      'empty',
      `Nothing captured yet: there is no database ${file}. Run \`claude-trace wrap -- claude\` first.`,
      false,
    );
  }
}

export class NotFoundError extends StoreError {
  override readonly name = 'NotFoundError';
  constructor(id: string, what: 'request' | 'session' | 'rating' = 'request') {
    super('not_found', id === 'last' ? `No ${what} has been captured yet.` : `No ${what} with the id "${id}".`, false);
  }
}

export class AmbiguousIdError extends StoreError {
  override readonly name = 'AmbiguousIdError';
  constructor(
    readonly given: string,
    matches: string[],
  ) {
    super('ambiguous', `"${given}" begins several ids (${matches.join(', ')}, …): give more characters.`, false);
  }
}

export class InvalidFilterError extends StoreError {
  override readonly name = 'InvalidFilterError';
  /** @param reason a clause without a full stop */
  constructor(
    readonly field: string,
    readonly reason: string,
  ) {
    super('filter', `Invalid ${field}: ${reason}.`, false);
  }
}

export class InvalidRatingError extends StoreError {
  override readonly name = 'InvalidRatingError';
  constructor(why: string) {
    super('rating', `Invalid rating: ${why}.`, false);
  }
}

export class NotRatedError extends StoreError {
  override readonly name = 'NotRatedError';
  constructor(id: string) {
    super('not_rated', `${id} is not rated.`, false);
  }
}

export class RatedAlreadyError extends StoreError {
  override readonly name = 'RatedAlreadyError';
  constructor(id: string) {
    super('rated_already', `${id} is rated already: change that rating.`, false);
  }
}

/**
 * The one place where codes of SQLite and of the system become ours; null for what neither of them said.
 * Codes: https://www.sqlite.org/rescode.html (better-sqlite3 gives the extended names, so the prefix decides).
 */
export function storeError(error: unknown, file: string): StoreError | null {
  if (error instanceof StoreError) return error;
  if (isMissingBinding(error)) return new MissingBindingError(error);
  const code = codeOf(error) ?? '';
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return new LockedError(file, error);
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code)) return new FullError(file, error);
  if (/^(SQLITE_READONLY|EROFS)/.test(code)) return new ReadOnlyError(file, error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return new CorruptError(file, error);
  if (/^(SQLITE_(CANTOPEN|PERM|AUTH)|E[A-Z0-9]+$)/.test(code)) return new CannotOpenError(file, error);
  if (/^SQLITE_(IOERR|NOMEM)/.test(code)) return new StorageIoError(file, error);
  return null;
}

/** better-sqlite3 looks for its binding when the first database is opened, and can miss it in these ways. */
function isMissingBinding(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND') return true;
  return error instanceof Error && error.message.startsWith('Could not locate the bindings file');
}

/** The words of the system, without their full stop: they end up inside a sentence. */
function reason(error: unknown): string {
  return describeError(error).replace(/\.$/, '');
}
