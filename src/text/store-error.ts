import { describeError } from '../base/error-text.js';
// Not by the store's index: `wrap` reports errors of the store in a thread that does not load it.
import { StoreError, type StoreErrorCode } from '../store/errors.js';
import type { StoreProblem } from '../store/index.js';
import { SQLITE_PACKAGE } from '../store/sqlite.js';
import { describeUnwritable } from './unwritable-folder.js';

/** Version 13 brings binaries for the common platforms; version 12, which Node 20 needs, downloads or compiles one at installation. */
const HOW_TO_GET_SQLITE =
  SQLITE_PACKAGE === 'better-sqlite3'
    ? 'Install claude-trace again with this Node; on another platform than Linux, macOS and Windows on x64 or arm64, run ' +
      '`npm run build-release` inside its node_modules/better-sqlite3 (needs a C++ compiler).'
    : `Run \`npm rebuild ${SQLITE_PACKAGE}\` inside the installed claude-trace package (needs a C++ compiler), or use ` +
      'Node 22 or newer, which needs neither.';

const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  binding: HOW_TO_GET_SQLITE,
  cannot_open: 'Check the permissions of the folder and the file, or set CLAUDE_TRACE_DATA_DIR to another folder.',
  readonly: 'Make folder and file writable (chmod u+w), or set CLAUDE_TRACE_DATA_DIR to a writable folder.',
  io: 'Check the disk (its log has details), and copy the database to another disk first.',
  foreign: 'Move that file away, or set CLAUDE_TRACE_DATA_DIR to a folder without one.',
  full: 'Free some, or run `claude-trace prune`.',
  corrupt: '`claude-trace doctor` shows details.',
  in_use: 'End that process, then start the repair again.',
  newer: 'End every running claude-trace, then update it.',
  older_writer: 'End it; this version then upgrades the database.',
  replaced: 'Start again to follow what is stored now.',
  empty: 'Run `claude-trace wrap -- claude` first.',
  ambiguous: 'Give more characters.',
};

/** What a person reads about an error: its message, and for an error of the store what to do about it. */
export function explainError(error: unknown): string {
  return describeUnwritable(error) ?? withAdvice(error, ADVICE);
}

/** @param advice by the code of a store error */
export function withAdvice(error: unknown, advice: Readonly<Partial<Record<StoreErrorCode, string>>>): string {
  const next = error instanceof StoreError ? advice[error.code] : undefined;
  return next === undefined ? describeError(error) : `${describeError(error)} ${next}`;
}

/** What a person reads about captured requests that cannot be stored. */
export function describeStoreProblem(problem: StoreProblem): string {
  if (problem.code === 'overflow')
    return 'Too many requests are waiting for the database: captured requests are being dropped.';
  if (problem.code === 'recovered') {
    const lost = problem.lost === 0 ? 'nothing was lost' : `${problem.lost} records were lost`;
    return `Captured requests are stored again, ${lost}.`;
  }
  return withAdvice(problem.error, {
    ...ADVICE,
    replaced: 'New requests are stored in a new database at the same path.',
  });
}
