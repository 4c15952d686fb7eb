import { describeError } from '../../base/error-text.js';
import { StoreError, type StoreErrorCode } from '../../store/index.js';

export const REPAIR = '`claude-trace doctor --repair` saves what can be saved, and keeps the damaged file.';

/** What to do about a database that cannot be used. Other errors say so themselves. */
const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  corrupt: REPAIR,
  cannot_open: 'Check the permissions of the folder and the file, or set CLAUDE_TRACE_DATA_DIR to another folder.',
  readonly: 'Make folder and file writable (chmod u+w), or set CLAUDE_TRACE_DATA_DIR to a writable folder.',
  locked:
    'Another program has locked it: end that program, or try again later. Until then `wrap` keeps what it captures.',
  io: 'Check the disk (its log has details), and copy the database to another disk first.',
  foreign: 'Move that file away, or set CLAUDE_TRACE_DATA_DIR to a folder without one.',
  newer: '`npm install -g claude-trace@latest` does so.',
};

/** The error of a failed check of the database, and what to do next. */
export function describeStoreError(error: unknown): string {
  const advice = error instanceof StoreError ? ADVICE[error.code] : undefined;
  return advice === undefined ? describeError(error) : `${describeError(error)} ${advice}`;
}
