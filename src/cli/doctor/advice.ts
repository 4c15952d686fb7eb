import { NoSchemaError, StoreError, type StoreErrorCode } from '../../store/index.js';
import { explainError, withAdvice } from '../../text/store-error.js';

export const REPAIR = '`claude-trace doctor --repair` saves what can be saved, and keeps the damaged file.';

/** Advice of `doctor`, in place of the advice that other commands give. */
const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  corrupt: REPAIR,
  cannot_open: 'Check the rights of the folder and the file, or set CLAUDE_TRACE_DATA_DIR to a folder of yours.',
  readonly: 'Make folder and file writable for you (chmod u+w), or set CLAUDE_TRACE_DATA_DIR to a folder that is.',
  locked: 'Another program holds it: end that, or try again when it is done. What `wrap` captures meanwhile waits.',
  io: 'Check the disk (its own log tells more), and copy the database to another one before anything else.',
  foreign: 'Move that file away, or set CLAUDE_TRACE_DATA_DIR to a folder without one.',
  newer: 'End what still runs of this version, and update claude-trace: `npm install -g claude-trace@latest`.',
};

/** The sentence for a failed check of the database, and what to do next. */
export function describeStoreError(error: unknown): string {
  if (!(error instanceof StoreError)) return explainError(error);
  if (error instanceof NoSchemaError) return `${error.message} ${howToRecover(error.file)}`;
  return error.code in ADVICE ? withAdvice(error, ADVICE) : explainError(error);
}

/** https://www.sqlite.org/recovery.html */
function howToRecover(file: string): string {
  return (
    `Rows may still be found with the SQLite shell: sqlite3 "${file}" .recover | sqlite3 recovered.db. ` +
    'Move the damaged file away to trace again.'
  );
}
