import { codeOf } from './error-text.js';

/** An error a user can meet: its message is one clear sentence, with what to do where we know it. */
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

/** 1; 2 for a command line or a configuration that is wrong, also where only the store can tell. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return error.exitCode;
  return codeOf(error) === 'filter' ? 2 : 1;
}
