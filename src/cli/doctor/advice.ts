import { quote } from '../../export/to-curl.js';
import { CorruptError, isRepairable, NoSchemaError, StoreError, type StoreErrorCode } from '../../store/index.js';
import { explainError, withAdvice } from '../../text/store-error.js';

const REPAIR = '`claude-trace doctor --repair` saves what can still be read, and keeps the damaged file.';

/** Advice of `doctor`, in place of the advice that other commands give. */
const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  locked: 'End that program, or try again later. Until then `wrap` keeps what it captures.',
  newer: 'End every running claude-trace, then update it: `npm install -g claude-trace@latest`.',
};

/** The error of a failed check of the database, and what to do next. */
export function describeStoreError(error: unknown): string {
  if (!(error instanceof StoreError)) return explainError(error);
  if (error instanceof NoSchemaError) return `${error.message} ${howToRecover(error.file)}`;
  if (error instanceof CorruptError) return `${error.message} ${howToRepair(error.file)}`;
  return error.code in ADVICE ? withAdvice(error, ADVICE) : explainError(error);
}

/** What to do about a damaged database: a repair, where that can find its tables. */
export function howToRepair(file: string): string {
  return isRepairable(file) ? REPAIR : howToRecover(file);
}

/** https://www.sqlite.org/recovery.html */
function howToRecover(file: string): string {
  return (
    `Rows may still be found with the SQLite shell: sqlite3 ${quote(file)} .recover | sqlite3 recovered.db. ` +
    'Move the damaged file away to trace again.'
  );
}
