import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../base/error-text.js';

/** What a person reads about a file that cannot be made or found because of its folder; null for any other error. */
export function describeUnwritable(error: unknown): string | null {
  const code = codeOf(error);
  const { path = null, syscall = null } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (typeof path !== 'string' || (code !== 'EROFS' && code !== 'EACCES')) return null;
  // Without EROFS, something that is there, or is only looked at, may just be unreadable.
  if (code === 'EACCES' && (!/^(mkdir|open|link|rename)$/.test(syscall ?? '') || existsSync(path))) return null;
  return `The folder ${dirname(path)} cannot be used: ${describeError(error)}.`;
}
