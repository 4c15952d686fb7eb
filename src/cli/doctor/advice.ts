import { describeError } from '../../base/error-text.js';
import { StoreError, type StoreErrorCode } from '../../store/index.js';

export const REPAIR = '`claude-trace doctor --repair` saves what can be saved, and keeps the damaged file.';

/** What to do about a database that cannot be used; what is missing here is said by the error itself. */
const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  corrupt: REPAIR,
  cannot_open: 'Check the rights of the folder and the file, or set CLAUDE_TRACE_DATA_DIR to a folder of yours.',
  readonly: 'Make folder and file writable for you (chmod u+w), or set CLAUDE_TRACE_DATA_DIR to a folder that is.',
  locked: 'Another program holds it: end that, or try again when it is done. What `wrap` captures meanwhile waits.',
  io: 'Check the disk (its own log tells more), and copy the database to another one before anything else.',
  foreign: 'Move that file away, or set CLAUDE_TRACE_DATA_DIR to a folder without one.',
  newer: '`npm install -g claude-trace@latest` does so.',
};

/** The sentence for a failed check of the database, and what to do next. */
export function describeStoreError(error: unknown): string {
  const advice = error instanceof StoreError ? ADVICE[error.code] : undefined;
  return [describeError(error), ...(advice === undefined ? [] : [advice])].join(' ');
}
