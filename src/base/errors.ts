import { codeOf } from './error-text.js';

/** An error for the user: its message is one clear sentence, with advice where we have any. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  /** Exit code of the process: 1, or 2 for a wrong command line or configuration. */
  readonly exitCode: number = 1;
}

/** The command line or the configuration is wrong; nothing was started. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** 2 for a wrong command line or configuration, also where the store finds it; 1 for all else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return error.exitCode;
  return codeOf(error) === 'filter' ? 2 : 1;
}
